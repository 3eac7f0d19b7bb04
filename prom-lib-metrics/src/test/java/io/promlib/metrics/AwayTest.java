package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxCounts;
import io.promlib.store.GroupKey;
import io.promlib.store.StoreUnavailableException;
import io.promlib.testkit.ManualClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scrapes while a store does not answer. */
@Timeout(180)
class AwayTest {
  private final ManualClock clock = new ManualClock();
  private final PrometheusMetrics metrics =
      PrometheusMetrics.builder().clock(clock.wall()).readWait(Duration.ofMillis(20)).build();
  private final CountDownLatch answers = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void close() {
    answers.countDown();
    metrics.close();
  }

  @Test
  void aStoreThatHangsLeavesItsGaugesOutAndTheOthersIn() {
    metrics.watch(outbox(this::whenAnswered));
    metrics.watch(() -> Map.of(new GroupKey("t", "g"), 3L));
    await()
        .untilAsserted(
            () -> {
              double ofOutbox = failures("outbox");
              double ofGateway = failures("gateway");
              String body = metrics.scrape(null).body();
              assertThat(body).doesNotContain("\noutbox_pending ").contains("\nws_inflight{");
              assertThat(failures("outbox")).isEqualTo(ofOutbox + 1);
              assertThat(failures("gateway")).isEqualTo(ofGateway);
            });
  }

  @Test
  void aStoreThatHangsIsAskedOnceHoweverManyScrapesThereAre() {
    metrics.watch(outbox(this::whenAnswered));
    metrics.scrape(null);
    await().untilAsserted(() -> assertThat(asked).hasValue(1));
    metrics.scrape(null);
    metrics.scrape(null);
    assertThat(asked).hasValue(1);
    assertThat(failures("outbox")).isEqualTo(3);
  }

  @Test
  void anAnswerThatComesLateIsShownByALaterScrape() {
    metrics.watch(outbox(this::whenAnswered));
    assertThat(metrics.scrape(null).body()).doesNotContain("\noutbox_pending ");
    answers.countDown();
    await()
        .untilAsserted(
            () -> assertThat(metrics.scrape(null).body()).contains("\noutbox_pending 7.0\n"));
  }

  @Test
  void aStoreThatFailsIsCountedAndShownAgainWhenItIsBack() {
    AtomicInteger calls = new AtomicInteger();
    metrics.watch(
        outbox(
            () -> {
              if (calls.incrementAndGet() == 1) {
                throw new StoreUnavailableException("no primary", null);
              }
              return counts(7);
            }));
    assertThat(metrics.scrape(null).body()).doesNotContain("\noutbox_pending ");
    await()
        .untilAsserted(
            () -> assertThat(metrics.scrape(null).body()).contains("\noutbox_pending 7.0\n"));
    assertThat(failures("outbox")).isGreaterThanOrEqualTo(1);
  }

  @Test
  void closingEndsTheThreadsThatRead() {
    metrics.watch(outbox(this::whenAnswered));
    metrics.scrape(null);
    // Those of tests before may be on their way out.
    await().untilAsserted(() -> assertThat(threads()).isEqualTo(1));
    metrics.close();
    metrics.close();
    await().untilAsserted(() -> assertThat(threads()).isZero());
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 60_001})
  void aWaitThatIsNoneOrTooLongIsRefused(long millis) {
    PrometheusMetricsBuilder builder = PrometheusMetrics.builder();
    assertThatThrownBy(() -> builder.readWait(Duration.ofMillis(millis)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("readWait");
  }

  private OutboxCounts whenAnswered() {
    asked.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException e) {
      throw new StoreUnavailableException("interrupted", e);
    }
    return counts(7);
  }

  private static OutboxCounts counts(long pending) {
    return new OutboxCounts(pending, 0, 0, 0, OptionalLong.empty());
  }

  /** An outbox of which only the counts are asked for. */
  private static OutboxAdmin outbox(Supplier<OutboxCounts> counts) {
    return (OutboxAdmin)
        Proxy.newProxyInstance(
            OutboxAdmin.class.getClassLoader(),
            new Class<?>[] {OutboxAdmin.class},
            (proxy, method, arguments) -> counts.get());
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("prom-metrics-"))
        .count();
  }

  /** Read by itself, for it is a scrape that counts. */
  private double failures(String source) {
    return Collections.list(
            metrics.registry().filteredMetricFamilySamples(Set.of("metrics_read_failures_total")))
        .stream()
        .flatMap(family -> family.samples.stream())
        .filter(sample -> sample.labelValues.equals(List.of(source)))
        .mapToDouble(sample -> sample.value)
        .sum();
  }
}
