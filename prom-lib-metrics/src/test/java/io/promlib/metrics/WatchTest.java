package io.promlib.metrics;

import static io.promlib.metrics.Bench.GROUP;
import static io.promlib.metrics.Bench.ORDERS;
import static io.promlib.metrics.Bench.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDrainer;
import io.promlib.store.GroupKey;
import io.promlib.testkit.Received;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is read at a scrape, where the stores answer. */
class WatchTest {
  private final Bench bench = new Bench();
  private final Received got = new Received();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aGroupsLagIsReadInEventsAndInSeconds() {
    bench.metrics.watch(bench.bus);
    bench.subscribe(options().manualAck().maxInFlight(2), got);
    bench.publish(3);
    bench.pass(7);
    assertThat(bench.ofGroup("group_lag_events")).isEqualTo(3);
    assertThat(bench.ofGroup("events_inflight")).isEqualTo(2);
    assertThat(bench.ofGroup("group_oldest_unacked_seconds")).isEqualTo(7);
    got.get(0).ack();
    got.get(1).ack();
    bench.run();
    got.get(2).ack();
    bench.run();
    assertThat(bench.ofGroup("group_lag_events")).isZero();
    assertThat(bench.ofGroup("events_inflight")).isZero();
    assertThat(bench.ofGroup("group_oldest_unacked_seconds")).isZero();
  }

  @Test
  void theOldestIsTheFirstThatIsNotDoneWhateverIsAckedBehindIt() {
    bench.metrics.watch(bench.bus);
    bench.subscribe(options().manualAck(), got);
    bench.publish(1);
    bench.pass(5);
    bench.publish(1);
    bench.pass(3);
    got.get(1).ack();
    bench.run();
    assertThat(bench.ofGroup("group_oldest_unacked_seconds")).isEqualTo(8);
    got.get(0).ack();
    bench.run();
    assertThat(bench.ofGroup("group_oldest_unacked_seconds")).isZero();
  }

  @Test
  void groupsPastTheBoundAreOneWithTheirSumAndTheirHighestAge() {
    bench.metrics.watch(bench.bus);
    bench.publish(1);
    bench.pass(4);
    for (int i = 0; i < Pairs.MOST + 2; i++) {
      bench.bus.subscribe(ORDERS, "group-%04d".formatted(i), options().build(), got).pause();
    }
    bench.publish(1);
    bench.pass(1);
    assertThat(bench.ofPair("group_lag_events", "other", "other")).isEqualTo(4);
    assertThat(bench.ofPair("group_oldest_unacked_seconds", "other", "other")).isEqualTo(5);
    assertThat(bench.ofPair("group_lag_events", ORDERS.name(), "group-0999")).isEqualTo(2);
    assertThat(bench.ofPair("group_lag_events", ORDERS.name(), "group-1000")).isNull();
  }

  @Test
  void aPairThatIsCountedKeepsItsPlaceAmongTheGauges() {
    bench.metrics.watch(bench.bus);
    bench.bus.subscribe(ORDERS, "zebra", options().build(), got);
    bench.publish(1);
    bench.run();
    for (int i = 0; i < Pairs.MOST; i++) {
      bench.bus.subscribe(ORDERS, "group-%04d".formatted(i), options().build(), got).pause();
    }
    assertThat(bench.ofPair("group_lag_events", ORDERS.name(), "zebra")).isZero();
    assertThat(bench.ofPair("group_lag_events", ORDERS.name(), "group-0999")).isNull();
    assertThat(bench.ofPair("group_lag_events", "other", "other")).isEqualTo(1);
  }

  @Test
  void severalBusesAddUp() {
    try (var second = bench.newBus()) {
      bench.metrics.watch(bench.bus).watch(second);
      bench.subscribe(options(), got).pause();
      second.subscribe(ORDERS, GROUP, options().build(), got).pause();
      second.publish(ORDERS, "a");
      bench.pass(5);
      bench.publish(2);
      bench.pass(2);
      assertThat(bench.ofGroup("group_lag_events")).isEqualTo(3);
      assertThat(bench.ofGroup("group_oldest_unacked_seconds")).isEqualTo(7);
    }
  }

  @Test
  void aGroupNamedLikeTheOthersIsCountedWithThem() {
    Topic<String> topic = Topic.of("other", String.class);
    bench.metrics.watch(bench.bus);
    bench.bus.publish(topic, "a");
    for (int i = 0; i < Pairs.MOST; i++) {
      bench.bus.subscribe(topic, "group-%04d".formatted(i), options().build(), got).pause();
    }
    bench.bus.subscribe(topic, "zebra", options().build(), got).pause();
    bench.bus.subscribe(topic, "other", options().build(), got);
    bench.run();
    assertThat(bench.ofPair("group_lag_events", "other", "other")).isEqualTo(2);
    assertThat(bench.ofPair("events_acked_total", "other", "other")).isEqualTo(1);
  }

  @Test
  void anOutboxIsReadWithWhatWaitsAndWhatRests() {
    try (var outbox = InMemoryOutboxStore.builder().timing(bench.clock).build();
        OutboxDrainer drainer =
            OutboxDrainer.builder(outbox)
                .timing(bench.clock)
                .maxAttempts(1)
                .listener(bench.metrics.outboxListener())
                .each(
                    record -> {
                      if (record.id().equals("bad")) {
                        throw new IllegalStateException("boom");
                      }
                    })
                .build()) {
      bench.metrics.watch(outbox);
      outbox.add(ORDERS, "a", PublishOptions.none().id("bad"));
      outbox.add(ORDERS, "a", PublishOptions.none().id("good"));
      bench.clock.advance(Duration.ofSeconds(9));
      assertThat(bench.value("outbox_pending")).isEqualTo(2);
      assertThat(bench.value("outbox_oldest_pending_seconds")).isEqualTo(9);
      while (drainer.drainOnce() > 0) {
        // The next batch.
      }
      assertThat(bench.value("outbox_pending")).isZero();
      assertThat(bench.value("outbox_oldest_pending_seconds")).isZero();
      assertThat(bench.value("outbox_error")).isEqualTo(1);
      assertThat(bench.value("outbox_published_total")).isEqualTo(1);
      assertThat(bench.value("outbox_failed_total")).isEqualTo(1);
    }
  }

  @Test
  void whatIsNotWatchedHasNoGauges() {
    assertThat(bench.value("outbox_pending")).isNull();
    assertThat(bench.ofGroup("group_lag_events")).isNull();
  }

  @Test
  void gatewaysAddUpAndAreBoundedToo() {
    Map<GroupKey, Long> many = new HashMap<>();
    for (int i = 0; i < Pairs.MOST + 3; i++) {
      many.put(new GroupKey(ORDERS.name(), "group-%04d".formatted(i)), 2L);
    }
    bench.metrics.watch(() -> many);
    bench.metrics.watch(() -> Map.of(new GroupKey(ORDERS.name(), "group-0000"), 5L));
    assertThat(bench.ofPair("ws_inflight", ORDERS.name(), "group-0000")).isEqualTo(7);
    assertThat(bench.ofPair("ws_inflight", "other", "other")).isEqualTo(6);
  }
}
