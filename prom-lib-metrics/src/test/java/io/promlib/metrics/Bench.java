package io.promlib.metrics;

import io.promlib.bus.EventBus;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Message;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.testkit.HandTurnedWorkers;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** A bus in memory with metrics, on a clock and workers that a test turns. */
final class Bench implements AutoCloseable {
  static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  static final String GROUP = "mailer";
  private static final String[] PAIR = {"topic", "group"};

  final ManualClock clock = new ManualClock();
  final HandTurnedWorkers workers = new HandTurnedWorkers();
  final PrometheusMetrics metrics =
      PrometheusMetrics.builder().clock(clock.wall()).readWait(Duration.ofMinutes(1)).build();
  final EventBus bus = newBus();

  EventBus newBus() {
    return EventBus.builder()
        .timing(clock)
        .workers(workers)
        .closeGrace(Duration.ofNanos(1))
        .listener(metrics.busListener())
        .build();
  }

  /** Options of a group that begins at the oldest event and retries after a second each time. */
  static SubscribeOptions.Builder options() {
    return SubscribeOptions.builder()
        .startAt(StartAt.EARLIEST)
        .backoff(Backoff.fixed(Duration.ofSeconds(1)));
  }

  Subscription subscribe(SubscribeOptions.Builder options, Handler<String> handler) {
    return bus.subscribe(ORDERS, GROUP, options.build(), handler);
  }

  void publish(int count) {
    bus.publishAll(ORDERS, Collections.nCopies(count, Message.of("an order")));
  }

  void run() {
    workers.runAll();
  }

  /** Lets time go by, a second at a time. */
  void pass(int seconds) {
    run();
    for (int i = 0; i < seconds; i++) {
      clock.advance(Duration.ofSeconds(1));
      run();
    }
  }

  /** A sample of the orders' one group. */
  @Nullable Double ofGroup(String name) {
    return ofPair(name, ORDERS.name(), GROUP);
  }

  @Nullable Double ofPair(String name, String topic, String group) {
    return metrics.registry().getSampleValue(name, PAIR, new String[] {topic, group});
  }

  @Nullable Double ofTopic(String name, String topic) {
    return metrics.registry().getSampleValue(name, new String[] {"topic"}, new String[] {topic});
  }

  /** How many events of the orders' one group fell into this bucket of a histogram or below. */
  @Nullable Double ofBucket(String name, String most) {
    return metrics
        .registry()
        .getSampleValue(
            name + "_bucket",
            new String[] {"topic", "group", "le"},
            new String[] {ORDERS.name(), GROUP, most});
  }

  @Nullable Double value(String name) {
    return metrics.registry().getSampleValue(name);
  }

  @Override
  public void close() {
    metrics.close();
    bus.close();
  }
}
