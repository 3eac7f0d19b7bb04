package io.promlib.store;

/**
 * How far a topic reaches.
 *
 * @param first the lowest position that retention left; tail + 1 when the topic is empty
 * @param tail the highest position ever appended, 0 when there is none
 * @param count how many events it holds
 * @param bytes their estimated size, where the store knows it, else -1
 */
public record Extent(long first, long tail, long count, long bytes) {}
