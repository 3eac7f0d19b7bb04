package io.promlib.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import io.promlib.bus.BusListener;
import io.promlib.event.EventRecord;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Counts what a bus does. */
final class BusMetrics implements BusListener {
  private static final String[] TOPIC = {"topic"};
  private static final String[] PAIR = {"topic", "group"};

  private final Counter published =
      counter("events_published_total", "Events appended, duplicates left out.", TOPIC);
  private final Counter delivered =
      counter("events_delivered_total", "Deliveries that were started.", PAIR);
  private final Counter acked = counter("events_acked_total", "Events acked.", PAIR);
  private final Counter nacked =
      counter("events_nacked_total", "Deliveries that failed or were terminated.", PAIR);
  private final Counter expired =
      counter("events_expired_total", "Leases that ended before they were settled.", PAIR);
  private final Counter redelivered =
      counter("events_redelivered_total", "Deliveries after the first attempt.", PAIR);
  private final Counter deadLettered =
      counter("events_dead_lettered_total", "Events that became dead letters.", PAIR);
  private final Counter skipped =
      counter(
          "events_skipped_total",
          "Positions that retention removed before the group got them: events lost to it.",
          PAIR);
  private final Histogram latency =
      Histogram.build("delivery_latency_ms", "Milliseconds from append to ack.")
          .labelNames(PAIR)
          .buckets(5, 10, 25, 50, 100, 250, 500, 1000)
          .create();
  private final Histogram handling =
      Histogram.build("handler_duration_ms", "Milliseconds that handlers took.")
          .labelNames(PAIR)
          .buckets(1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 30_000)
          .create();
  private final Histogram publishing =
      Histogram.build("publish_duration_ms", "Milliseconds that publishes took.")
          .labelNames(TOPIC)
          .buckets(0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000)
          .create();

  private final InstantSource clock;
  private final Pairs<OfPair> pairs = new Pairs<>(OfPair::new);
  private final Pairs<OfTopic> topics = new Pairs<>(OfTopic::new); // Of a topic and no group.

  BusMetrics(InstantSource clock) {
    this.clock = clock;
  }

  private static Counter counter(String name, String help, String[] labels) {
    return Counter.build(name, help).labelNames(labels).create();
  }

  List<Collector> collectors() {
    return List.of(
        published,
        delivered,
        acked,
        nacked,
        expired,
        redelivered,
        deadLettered,
        skipped,
        latency,
        handling,
        publishing);
  }

  /** The pairs that have series of their own. */
  Pairs<?> pairs() {
    return pairs;
  }

  @Override
  public void onPublish(EventRecord event, Duration took) {
    OfTopic of = topics.get(event.topic(), "");
    of.published.inc();
    of.publishing.observe(millis(took));
  }

  @Override
  public void onDeliver(String group, EventRecord event, int attempt) {
    OfPair of = pairs.get(event.topic(), group);
    of.delivered.inc();
    if (attempt > 1) {
      of.redelivered.inc();
    }
  }

  @Override
  public void onAck(String group, EventRecord event) {
    OfPair of = pairs.get(event.topic(), group);
    of.acked.inc();
    of.latency.observe((double) Math.max(0, clock.millis() - event.at()));
  }

  @Override
  public void onHandled(String group, EventRecord event, Duration took) {
    pairs.get(event.topic(), group).handling.observe(millis(took));
  }

  @Override
  public void onNack(String group, EventRecord event, int attempt, String reason) {
    pairs.get(event.topic(), group).nacked.inc();
  }

  @Override
  public void onExpire(String group, EventRecord event, int attempt) {
    pairs.get(event.topic(), group).expired.inc();
  }

  @Override
  public void onDeadLetter(String group, EventRecord event, int attempts, String reason) {
    pairs.get(event.topic(), group).deadLettered.inc();
  }

  @Override
  public void onSkip(String topic, String group, long from, long to) {
    pairs.get(topic, group).skipped.inc((double) (to - from + 1));
  }

  private static double millis(Duration took) {
    return took.toNanos() / 1e6;
  }

  private final class OfTopic {
    final Counter.Child published;
    final Histogram.Child publishing;

    OfTopic(Pair pair) {
      published = BusMetrics.this.published.labels(pair.topic());
      publishing = BusMetrics.this.publishing.labels(pair.topic());
    }
  }

  private final class OfPair {
    final Counter.Child delivered;
    final Counter.Child acked;
    final Counter.Child nacked;
    final Counter.Child expired;
    final Counter.Child redelivered;
    final Counter.Child deadLettered;
    final Counter.Child skipped;
    final Histogram.Child latency;
    final Histogram.Child handling;

    OfPair(Pair pair) {
      delivered = BusMetrics.this.delivered.labels(pair.topic(), pair.group());
      acked = BusMetrics.this.acked.labels(pair.topic(), pair.group());
      nacked = BusMetrics.this.nacked.labels(pair.topic(), pair.group());
      expired = BusMetrics.this.expired.labels(pair.topic(), pair.group());
      redelivered = BusMetrics.this.redelivered.labels(pair.topic(), pair.group());
      deadLettered = BusMetrics.this.deadLettered.labels(pair.topic(), pair.group());
      skipped = BusMetrics.this.skipped.labels(pair.topic(), pair.group());
      latency = BusMetrics.this.latency.labels(pair.topic(), pair.group());
      handling = BusMetrics.this.handling.labels(pair.topic(), pair.group());
    }
  }
}
