package io.promlib.metrics;

import static io.promlib.metrics.Bench.ORDERS;
import static io.promlib.metrics.Bench.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.promlib.event.Names;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.state.Compactor;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.Received;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusMetricsTest {
  private final Bench bench = new Bench();
  private final Received got = new Received();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aPublishCountsAndADuplicateDoesNot() {
    PublishOptions id = PublishOptions.none().id("order-7");
    bench.bus.publish(ORDERS, "a", id);
    bench.bus.publish(ORDERS, "a", id);
    bench.publish(2);
    assertThat(bench.ofTopic("events_published_total", ORDERS.name())).isEqualTo(3);
    assertThat(bench.ofTopic("publish_duration_ms_count", ORDERS.name())).isEqualTo(3);
  }

  @Test
  void anEventThatIsHandledCountsAsDeliveredAndAcked() {
    bench.subscribe(options(), got);
    bench.publish(2);
    bench.run();
    assertThat(bench.ofGroup("events_delivered_total")).isEqualTo(2);
    assertThat(bench.ofGroup("events_acked_total")).isEqualTo(2);
    assertThat(bench.ofGroup("events_redelivered_total")).isZero();
    assertThat(bench.ofGroup("events_nacked_total")).isZero();
    assertThat(bench.ofGroup("events_expired_total")).isZero();
    assertThat(bench.ofGroup("events_dead_lettered_total")).isZero();
    assertThat(bench.ofGroup("events_skipped_total")).isZero();
  }

  @Test
  void theLatencyIsTheTimeFromAppendToAck() {
    bench.subscribe(options().manualAck(), got);
    bench.publish(1);
    bench.clock.advance(Duration.ofMillis(10));
    bench.run();
    bench.clock.advance(Duration.ofMillis(20));
    got.last().ack();
    assertThat(bench.ofGroup("delivery_latency_ms_sum")).isEqualTo(30);
    assertThat(bench.ofBucket("delivery_latency_ms", "25.0")).isZero();
    assertThat(bench.ofBucket("delivery_latency_ms", "50.0")).isEqualTo(1);
  }

  @Test
  void aClockBehindTheOneOfTheEventsMakesNoNegativeLatency() {
    bench.subscribe(options().manualAck(), got);
    bench.publish(1);
    bench.run();
    bench.clock.jumpWall(Duration.ofMinutes(-1));
    got.last().ack();
    assertThat(bench.ofGroup("delivery_latency_ms_count")).isEqualTo(1);
    assertThat(bench.ofGroup("delivery_latency_ms_sum")).isZero();
  }

  @Test
  void theTimeOfAHandlerIsMeasuredWhetherItAcksOrNot() {
    got.then(
        delivery -> {
          bench.clock.advance(Duration.ofMillis(40));
          throw new IllegalStateException("boom");
        });
    bench.subscribe(options(), got);
    bench.publish(1);
    bench.run();
    assertThat(bench.ofGroup("handler_duration_ms_sum")).isEqualTo(40);
    assertThat(bench.ofBucket("handler_duration_ms", "25.0")).isZero();
    assertThat(bench.ofBucket("handler_duration_ms", "50.0")).isEqualTo(1);
  }

  @Test
  void aFailureCountsAsNackedAndItsRetryAsRedelivered() {
    got.fails();
    bench.subscribe(options(), got);
    bench.publish(1);
    bench.pass(1);
    assertThat(bench.ofGroup("events_nacked_total")).isEqualTo(2);
    assertThat(bench.ofGroup("events_delivered_total")).isEqualTo(2);
    assertThat(bench.ofGroup("events_redelivered_total")).isEqualTo(1);
  }

  @Test
  void aLeaseThatEndsCountsAsExpired() {
    bench.subscribe(options().manualAck().ackDeadline(Duration.ofSeconds(5)), got);
    bench.publish(1);
    bench.pass(6);
    assertThat(bench.ofGroup("events_expired_total")).isEqualTo(1);
    assertThat(bench.ofGroup("events_nacked_total")).isZero();
  }

  @Test
  void anEventGivenUpCountsAsADeadLetterWhichIsPublishedToItsTopic() {
    got.fails();
    bench.subscribe(options().maxAttempts(2), got);
    bench.publish(1);
    bench.pass(3);
    assertThat(bench.ofGroup("events_dead_lettered_total")).isEqualTo(1);
  }

  @Test
  void whatRetentionTookBeforeTheGroupGotItCountsAsSkipped() {
    bench.subscribe(options(), got).close();
    bench.bus.admin().configure(ORDERS.name(), TopicSettings.IN_MEMORY.maxEvents(2));
    bench.publish(5);
    bench.subscribe(options(), got);
    bench.run();
    assertThat(bench.ofGroup("events_skipped_total")).isEqualTo(3);
    assertThat(bench.ofGroup("events_acked_total")).isEqualTo(2);
  }

  @Test
  void whatRetentionTookBeforeACompactorReadItCountsAsSkippedByItsGroup() {
    String snapshots = "orders.states.snapshot";
    try (Compactor compactor =
            Compactor.builder(bench.bus, ORDERS.name())
                .listener(bench.metrics.compactorListener(ORDERS.name()))
                .build();
        Compactor second =
            Compactor.builder(bench.bus, ORDERS.name())
                .snapshotTopic(snapshots)
                .listener(bench.metrics.compactorListener(ORDERS.name(), snapshots))
                .build()) {
      compactor.runToEnd();
      second.runToEnd();
      bench.bus.admin().configure(ORDERS.name(), TopicSettings.IN_MEMORY.maxEvents(2));
      bench.publish(5);
      compactor.runToEnd();
      second.runToEnd();
    }
    for (String of : List.of(ORDERS.name() + ".snapshot", snapshots)) {
      assertThat(bench.ofPair("events_skipped_total", ORDERS.name(), Names.compactorGroup(of)))
          .isEqualTo(3);
    }
  }

  @Test
  void aCompactorsListenerNeedsNamesOfTopics() {
    assertThatThrownBy(() -> bench.metrics.compactorListener("no topic"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> bench.metrics.compactorListener("orders", "no topic"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theThousandAndFirstPairCountsUnderOther() {
    bench.publish(1);
    for (int i = 0; i <= Pairs.MOST + 1; i++) {
      bench.bus.subscribe(ORDERS, "group-" + i, options().build(), got);
    }
    bench.run();
    assertThat(samples("events_acked")).hasSize(Pairs.MOST + 1);
    assertThat(bench.ofPair("events_acked_total", "other", "other")).isEqualTo(2);
    assertThat(bench.ofPair("delivery_latency_ms_count", "other", "other")).isEqualTo(2);
    assertThat(bench.ofPair("events_acked_total", ORDERS.name(), "group-0")).isEqualTo(1);
  }

  @Test
  void theThousandAndFirstTopicCountsUnderOther() {
    for (int i = 0; i <= Pairs.MOST; i++) {
      bench.bus.publish(Topic.of("topic-" + i, String.class), "a");
    }
    bench.publish(1);
    assertThat(samples("events_published")).hasSize(Pairs.MOST + 1);
    assertThat(bench.ofTopic("events_published_total", "other")).isEqualTo(2);
    assertThat(bench.ofTopic("publish_duration_ms_count", "other")).isEqualTo(2);
  }

  @Test
  void thereIsNoSeriesOfOthersUntilThereAreOthers() {
    bench.subscribe(options(), got);
    bench.publish(1);
    bench.run();
    assertThat(samples("events_acked")).hasSize(1);
    assertThat(samples("events_published")).hasSize(1);
  }

  @Test
  void theBucketsOfTheLatencyAreTheAgreedOnes() {
    bench.subscribe(options(), got);
    bench.publish(1);
    bench.run();
    List<String> most =
        families("delivery_latency_ms")
            .flatMap(family -> family.samples.stream())
            .filter(sample -> sample.name.endsWith("_bucket"))
            .map(sample -> sample.labelValues.get(2))
            .toList();
    assertThat(most)
        .containsExactly(
            "5.0", "10.0", "25.0", "50.0", "100.0", "250.0", "500.0", "1000.0", "+Inf");
  }

  @Test
  void severalBusesCountTogether() {
    bench.publish(1);
    try (var second = bench.newBus()) {
      second.publish(ORDERS, "a");
      assertThat(bench.ofTopic("events_published_total", ORDERS.name())).isEqualTo(2);
    }
  }

  private List<MetricFamilySamples.Sample> samples(String family) {
    return families(family)
        .flatMap(found -> found.samples.stream())
        .filter(sample -> sample.name.equals(family + "_total"))
        .toList();
  }

  private Stream<MetricFamilySamples> families(String name) {
    return Collections.list(bench.metrics.registry().metricFamilySamples()).stream()
        .filter(family -> family.name.equals(name));
  }
}
