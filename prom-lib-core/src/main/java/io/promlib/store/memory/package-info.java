/**
 * The stores of a bus that lives in one process: {@link io.promlib.store.memory.InMemoryEventStore}
 * and {@link io.promlib.store.memory.InMemoryGroupStore}. Bounded by {@link
 * io.promlib.store.memory.InMemoryLimits}; gone with the process.
 */
@NullMarked
package io.promlib.store.memory;

import org.jspecify.annotations.NullMarked;
