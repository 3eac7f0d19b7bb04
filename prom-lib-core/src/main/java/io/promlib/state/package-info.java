/**
 * Keyed topics read as "latest by key": {@link io.promlib.state.Compactor} keeps the snapshots,
 * {@link io.promlib.state.StateView} a warm copy of the state, {@link io.promlib.state.Snapshots}
 * reads both and what the state was in the past.
 */
@NullMarked
package io.promlib.state;

import org.jspecify.annotations.NullMarked;
