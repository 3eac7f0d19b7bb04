package io.promlib.metrics;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.GaugeMetricFamily;
import io.promlib.outbox.OutboxCounts;
import io.promlib.store.GroupKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.ToLongFunction;

/** The gauges of one scrape. */
final class Gauges {
  private static final List<String> PAIR = List.of("topic", "group");

  private final GaugeMetricFamily inFlight =
      new GaugeMetricFamily("events_inflight", "Events leased to subscribers here.", PAIR);
  private final GaugeMetricFamily lag =
      new GaugeMetricFamily("group_lag_events", "Events up to the tail that are not done.", PAIR);
  private final GaugeMetricFamily oldest =
      new GaugeMetricFamily(
          "group_oldest_unacked_seconds",
          "Age of the oldest event that is not done; 0 if there is none.",
          PAIR);
  private final GaugeMetricFamily wsInFlight =
      new GaugeMetricFamily("ws_inflight", "Events leased to WebSocket clients.", PAIR);
  private final GaugeMetricFamily outboxPending =
      new GaugeMetricFamily(
          "outbox_pending",
          "Outbox records to be published, those under way among them.",
          List.of());
  private final GaugeMetricFamily outboxError =
      new GaugeMetricFamily(
          "outbox_error",
          "Outbox records that rest until they are requeued or dropped.",
          List.of());
  private final GaugeMetricFamily outboxOldest =
      new GaugeMetricFamily(
          "outbox_oldest_pending_seconds",
          "Age of the oldest outbox record to be published; 0 if there is none.",
          List.of());

  private final Pairs<?> pairs;
  private final Map<Pair, Behind> behind = new TreeMap<>();
  private final Map<Pair, Long> ws = new TreeMap<>();
  private final List<OutboxCounts> outboxes = new ArrayList<>();

  /** Those of these pairs that are known have series of their own before others. */
  Gauges(Pairs<?> pairs) {
    this.pairs = pairs;
  }

  void addBus(Map<Pair, Behind> bus) {
    merge(bus, behind, Behind::and);
  }

  void addGateway(Map<GroupKey, Long> gateway) {
    Map<Pair, Long> byPair = new TreeMap<>();
    gateway.forEach((key, count) -> byPair.put(new Pair(key.topic(), key.group()), count));
    merge(byPair, ws, Long::sum);
  }

  void addOutbox(OutboxCounts counts) {
    outboxes.add(counts);
  }

  private <V> void merge(Map<Pair, V> from, Map<Pair, V> into, BinaryOperator<V> both) {
    for (Map.Entry<Pair, V> entry : pairs.knownFirst(from.entrySet(), Map.Entry::getKey)) {
      Pair pair = entry.getKey();
      boolean own = into.containsKey(pair) || into.size() < Pairs.MOST;
      into.merge(own ? pair : Pair.OTHER, entry.getValue(), both);
    }
  }

  List<MetricFamilySamples> families(long now) {
    behind.forEach(
        (pair, of) -> {
          List<String> labels = List.of(pair.topic(), pair.group());
          inFlight.addMetric(labels, (double) of.inFlight());
          lag.addMetric(labels, (double) of.lag());
          if (!Double.isNaN(of.oldestSeconds())) {
            oldest.addMetric(labels, of.oldestSeconds());
          }
        });
    ws.forEach(
        (pair, count) -> wsInFlight.addMetric(List.of(pair.topic(), pair.group()), (double) count));
    if (!outboxes.isEmpty()) {
      outboxPending.addMetric(List.of(), sum(counts -> counts.pending() + counts.claimed()));
      outboxError.addMetric(List.of(), sum(OutboxCounts::error));
      outboxOldest.addMetric(List.of(), oldestUnsent(now));
    }
    return List.of(inFlight, lag, oldest, wsInFlight, outboxPending, outboxError, outboxOldest);
  }

  private double sum(ToLongFunction<OutboxCounts> what) {
    return outboxes.stream().mapToLong(what).sum();
  }

  private double oldestUnsent(long now) {
    return outboxes.stream()
            .flatMapToLong(counts -> counts.oldestUnsent().stream())
            .map(ts -> Math.max(0, now - ts))
            .max()
            .orElse(0)
        / 1e3;
  }
}
