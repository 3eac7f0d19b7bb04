package io.promlib.state;

import java.util.Map;

/**
 * The latest of every key as of a position: what a fold of the topic up to {@code seq} gives.
 *
 * @param values by key, unmodifiable; deleted keys are not in it
 */
public record State<T>(long seq, Map<String, T> values) {}
