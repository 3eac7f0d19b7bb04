package io.promlib.replay;

/**
 * What {@link Replay#republish} did.
 *
 * @param count the events that the target was given, those among them that it had already
 * @param duplicates the ones that it had already, from a run before
 * @param position the lowest position of the source that it did not come to
 */
public record Republished(long count, long duplicates, long position) {}
