package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Whose registry it is, and what is registered there. */
class RegistryTest {
  private final CollectorRegistry registry = new CollectorRegistry(true);

  @Test
  void aHostsRegistryShowsTheBusBesideTheHostsOwn() {
    Gauge.build("host_things", "Of the host.").register(registry).set(4);
    try (PrometheusMetrics metrics = PrometheusMetrics.builder().registry(registry).build()) {
      assertThat(metrics.registry()).isSameAs(registry);
      assertThat(registry.getSampleValue("outbox_published_total")).isZero();
      assertThat(metrics.scrape(null).body()).contains("\nhost_things 4.0\n");
    }
  }

  @Test
  void closingUnregistersAllButTheHostsOwn() {
    Gauge.build("host_things", "Of the host.").register(registry);
    PrometheusMetrics metrics = PrometheusMetrics.builder().registry(registry).jvm().build();
    metrics.counter("host_events_total", "Made through the library.");
    metrics.close();
    metrics.close();
    assertThat(Collections.list(registry.metricFamilySamples()))
        .extracting(family -> family.name)
        .containsExactly("host_things");
    PrometheusMetrics.builder().registry(registry).jvm().build().close();
  }

  @Test
  void twoInOneRegistryAreRefusedAndTheFirstGoesOn() {
    try (PrometheusMetrics first = PrometheusMetrics.builder().registry(registry).build()) {
      PrometheusMetricsBuilder second = PrometheusMetrics.builder().registry(registry);
      assertThatThrownBy(second::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("events_published")
          .hasMessageContaining("share one PrometheusMetrics");
      assertThat(registry.getSampleValue("outbox_published_total")).isZero();
      assertThat(first.scrape(null).body()).contains("outbox_published_total 0.0\n");
    }
  }

  @Test
  void aNameThatIsTakenLeavesTheRegistryAsItWas() {
    Gauge.build("ws_connections", "Of the host.").register(registry);
    PrometheusMetricsBuilder builder = PrometheusMetrics.builder().registry(registry);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ws_connections");
    assertThat(Collections.list(registry.metricFamilySamples())).hasSize(1);
  }

  @Test
  void theMetricsOfTheJvmComeOnRequestOnly() {
    try (PrometheusMetrics without = PrometheusMetrics.create();
        PrometheusMetrics with = PrometheusMetrics.builder().jvm().build()) {
      assertThat(without.scrape(null).body()).doesNotContain("jvm_");
      assertThat(with.scrape(null).body())
          .contains("\njvm_info{")
          .contains("\njvm_memory_pool_bytes_used{")
          .contains("\njvm_threads_current ")
          .contains("\nprocess_cpu_seconds_total ");
    }
  }

  @Test
  void aHostsOwnMetricsAreScrapedToo() {
    try (PrometheusMetrics metrics = PrometheusMetrics.create()) {
      metrics.counter("orders_paid_total", "Orders paid.", "currency").labels("EUR").inc(2);
      metrics.gauge("orders_open", "Orders that are open.").set(5);
      metrics.histogram("order_seconds", "Age of an order.").observe(0.3);
      metrics
          .histogram("order_items", "Items of an order.", new double[] {1, 10}, "currency")
          .labels("EUR")
          .observe(7);
      assertThat(metrics.scrape(null).body())
          .contains("\norders_paid_total{currency=\"EUR\",} 2.0\n")
          .contains("\norders_open 5.0\n")
          .contains("\norder_seconds_bucket{le=\"0.5\",} 1.0\n")
          .contains("\norder_items_bucket{currency=\"EUR\",le=\"1.0\",} 0.0\n")
          .contains("\norder_items_bucket{currency=\"EUR\",le=\"10.0\",} 1.0\n");
    }
  }

  @Test
  void aHostsNameThatIsTakenOrNoneIsRefused() {
    try (PrometheusMetrics metrics = PrometheusMetrics.create()) {
      assertThatThrownBy(() -> metrics.gauge("ws_connections", "Mine."))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ws_connections");
      assertThatThrownBy(() -> metrics.counter("not a name", "Mine."))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not a name");
    }
  }

  @Test
  void nothingIsAddedAfterTheClose() {
    PrometheusMetrics metrics = PrometheusMetrics.create();
    metrics.close();
    assertThatThrownBy(() -> metrics.counter("orders_total", "Mine."))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(metrics.scrape(null).body()).isEmpty();
  }
}
