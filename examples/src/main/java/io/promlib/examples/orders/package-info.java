/**
 * An order service: an order and its event are written together, and a consumer keeps a total for
 * each customer. Start at {@link io.promlib.examples.orders.OrderService}.
 */
@NullMarked
package io.promlib.examples.orders;

import org.jspecify.annotations.NullMarked;
