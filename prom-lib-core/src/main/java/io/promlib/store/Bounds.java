package io.promlib.store;

/**
 * Where a topic begins and ends.
 *
 * @param first the lowest position that retention left; tail + 1 when all is removed
 * @param tail the highest position ever appended, 0 when there is none
 */
public record Bounds(long first, long tail) {}
