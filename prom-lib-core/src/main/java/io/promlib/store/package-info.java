/**
 * What the bus asks of a store: {@link io.promlib.store.EventStore} for topics, {@link
 * io.promlib.store.GroupStore} for the durable state of groups. A store of one's own extends the
 * contract tests of the test kit.
 */
@NullMarked
package io.promlib.store;

import org.jspecify.annotations.NullMarked;
