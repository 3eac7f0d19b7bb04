/**
 * Events that are written with the host's own data and published afterwards. A host adds records to
 * an {@link io.promlib.outbox.OutboxStore}; an {@link io.promlib.outbox.OutboxDrainer} publishes
 * them.
 */
@NullMarked
package io.promlib.outbox;

import org.jspecify.annotations.NullMarked;
