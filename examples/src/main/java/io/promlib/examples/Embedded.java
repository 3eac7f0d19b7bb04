package io.promlib.examples;

import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Ordering;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * {@code embedded}: the bus inside a service that ships orders, each order's steps in their order.
 */
final class Embedded implements Command {

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public String summary() {
    return "the bus inside a service, in thirty lines";
  }

  @Override
  public String help() {
    return "embedded\n\nRuns a small service on the bus in memory, and ends by itself.\n";
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args.parse(line, Set.of(), Set.of());
    try (EventBus bus = EventBus.inMemory()) {
      new Service(bus, out).run();
    }
    return 0;
  }

  // sample: embedded
  record Step(String order, String name) {}

  static final class Service {
    private static final Topic<Step> STEPS = Topic.of("order.step", Step.class);

    private final EventBus bus;
    private final PrintStream out;
    private final CountDownLatch open = new CountDownLatch(6);

    Service(EventBus bus, PrintStream out) {
      this.bus = bus;
      this.out = out;
    }

    void run() throws InterruptedException {
      SubscribeOptions perOrder =
          SubscribeOptions.builder().ordering(Ordering.KEY).concurrency(4).build();
      bus.subscribe(STEPS, "warehouse", perOrder, this::work);
      for (String step : List.of("reserve", "pack", "ship")) {
        for (String order : List.of("A-1", "B-2")) {
          bus.publish(STEPS, new Step(order, step), PublishOptions.none().key(order));
        }
      }
      open.await();
    }

    private void work(Delivery<Step> delivery) {
      Step step = delivery.payload();
      if (step.name().equals("pack") && delivery.attempt() == 1) {
        delivery.nack("the printer is out of paper", Duration.ofMillis(50)); // Before "ship" again.
        return;
      }
      out.println(step.order() + ": " + step.name() + ", attempt " + delivery.attempt());
      open.countDown();
    }
  }
  // end
}
