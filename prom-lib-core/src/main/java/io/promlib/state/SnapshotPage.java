package io.promlib.state;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some keys of a state, in the order of their UTF-8.
 *
 * @param snapshots may be fewer than asked for, even none, where keys were deleted or what the
 *     store holds is no snapshot
 * @param next what the next page is to be read behind; null: there is none
 */
public record SnapshotPage(List<Snapshot> snapshots, @Nullable String next) {}
