/**
 * The bus as a host uses it. Start at {@link io.promlib.bus.EventBus#inMemory()}; {@link
 * io.promlib.bus.Delivery} is what a handler gets, {@link io.promlib.bus.SubscribeOptions} what a
 * subscriber may choose.
 */
@NullMarked
package io.promlib.bus;

import org.jspecify.annotations.NullMarked;
