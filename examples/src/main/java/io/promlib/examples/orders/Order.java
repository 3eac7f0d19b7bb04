package io.promlib.examples.orders;

import io.promlib.event.Names;
import io.promlib.event.Topic;

/**
 * What a customer ordered; also the event that says so.
 *
 * @param id 1 to 128 printable characters; an order of an id that is there is not placed again
 * @param customer the event's key, so that a customer's orders stay in their order
 */
record Order(String id, String customer, long cents) {
  static final Topic<Order> PLACED = Topic.of("order.placed", Order.class);
  static final long MOST_CENTS = 1_000_000_000L;

  Order {
    Names.id(id);
    Names.key(customer);
    if (cents < 1 || cents > MOST_CENTS) {
      throw new IllegalArgumentException("cents must be from 1 to " + MOST_CENTS + ", is " + cents);
    }
  }
}
