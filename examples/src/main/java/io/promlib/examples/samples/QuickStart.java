package io.promlib.examples.samples;

import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import java.util.concurrent.CountDownLatch;

/** The first program of the README. */
public final class QuickStart {
  private QuickStart() {}

  // sample: quick-start
  record Order(String id, long cents) {}

  public static void main(String[] args) throws InterruptedException {
    Topic<Order> placed = Topic.of("order.placed", Order.class);
    CountDownLatch billed = new CountDownLatch(1);
    try (EventBus bus = EventBus.inMemory()) {
      bus.subscribe(
          placed,
          "billing",
          delivery -> {
            // Returning acks the event, throwing brings it again.
            System.out.println("billing " + delivery.payload());
            billed.countDown();
          });
      bus.publish(placed, new Order("A-1", 1250));
      billed.await();
    }
  }
  // end
}
