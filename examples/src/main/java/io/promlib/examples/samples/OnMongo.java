package io.promlib.examples.samples;

import io.promlib.bus.EventBus;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.MongoEventBus;
import io.promlib.store.Ordering;
import java.util.concurrent.CountDownLatch;

/** A bus on MongoDB, in a host of its own. */
public final class OnMongo {
  private OnMongo() {}

  record Order(String id, long cents) {}

  static void run(CountDownLatch billed) throws InterruptedException {
    // sample: on-mongo
    Topic<Order> placed = Topic.of("order.placed", Order.class);
    try (EventBus bus = MongoEventBus.builder("mongodb://127.0.0.1:27017/prom").open()) {
      bus.subscribe(
          placed,
          "billing",
          SubscribeOptions.builder().ordering(Ordering.KEY).concurrency(4).build(),
          delivery -> billed.countDown());
      bus.publish(placed, new Order("A-1", 1250), PublishOptions.none().key("customer-7"));
      billed.await();
    }
    // end
  }
}
