package io.promlib.metrics;

import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.promlib.bus.BusListener;
import io.promlib.bus.EventBus;
import io.promlib.event.Names;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxListener;
import io.promlib.state.CompactorListener;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayView;
import org.jspecify.annotations.Nullable;

/**
 * What buses, outboxes and gateways of this process do, as Prometheus metrics. Listeners count, and
 * what the host hands over with {@code watch} is read at each scrape:
 *
 * <pre>{@code
 * PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
 * EventBus bus = EventBus.builder().listener(metrics.busListener()).build();
 * OutboxDrainer drainer =
 *     OutboxDrainer.builder(outbox).to(bus).listener(metrics.outboxListener()).build();
 * WsGateway gateway =
 *     WsGateway.of(bus).auth(authenticator).listener(metrics.gatewayListener()).start();
 * metrics.watch(bus).watch(outbox).watch(gateway).expose(httpServer, "/metrics");
 * }</pre>
 *
 * <p>A label value is a topic, a group or one of a few codes. The first 1000 topics, and the first
 * 1000 pairs of topic and group, have series of their own for as long as this object lives; what
 * further ones do counts under {@code other}.
 *
 * <p>Its daemon threads are {@code prom-metrics-N}, while a scrape reads what is watched; {@link
 * #close()} ends them. Safe for use by many threads.
 */
public final class PrometheusMetrics implements AutoCloseable {
  private final Registrations registrations;
  private final BusMetrics bus;
  private final OutboxMetrics outbox;
  private final GatewayMetrics gateway;
  private final Watched watched;
  private final Exposition exposition;

  PrometheusMetrics(PrometheusMetricsBuilder settings) {
    registrations = new Registrations(settings.registry());
    bus = new BusMetrics(settings.clock());
    outbox = new OutboxMetrics();
    gateway = new GatewayMetrics();
    watched = new Watched(bus.pairs(), settings.clock(), settings.readWait());
    exposition = new Exposition(settings.registry());
    boolean done = false;
    try {
      bus.collectors().forEach(registrations::add);
      outbox.collectors().forEach(registrations::add);
      gateway.collectors().forEach(registrations::add);
      watched.collectors().forEach(registrations::add);
      if (settings.wantsJvm()) {
        Jvm.collectors().forEach(registrations::add);
      }
      done = true;
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "the registry holds such metrics already ("
              + e.getMessage()
              + "); let all buses of a process share one PrometheusMetrics, close the earlier one,"
              + " or give this one a registry of its own",
          e);
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** With a registry of its own and no metrics of the JVM. */
  public static PrometheusMetrics create() {
    return builder().build();
  }

  public static PrometheusMetricsBuilder builder() {
    return new PrometheusMetricsBuilder();
  }

  /** For {@code EventBus.builder().listener(…)}; several buses may share it. */
  public BusListener busListener() {
    return bus;
  }

  /**
   * For the {@code listener(…)} of a compactor of this topic whose snapshots are in {@code
   * <topic>.snapshot}: what retention removed before it read it counts in {@code
   * events_skipped_total} of the compactor's group.
   */
  public CompactorListener compactorListener(String topic) {
    return compactorListener(topic, Names.topic(topic) + Names.SNAPSHOT_SUFFIX);
  }

  /** As {@link #compactorListener(String)}, of a compactor whose snapshots are in this topic. */
  public CompactorListener compactorListener(String topic, String snapshotTopic) {
    Names.topic(topic);
    String group = Names.compactorGroup(Names.topic(snapshotTopic));
    return new CompactorListener() {
      @Override
      public void onGap(long from, long to) {
        bus.onSkip(topic, group, from, to);
      }
    };
  }

  /** For the drainer's {@code listener(…)}; several may share it. */
  public OutboxListener outboxListener() {
    return outbox;
  }

  /** For the gateway's {@code listener(…)}; several may share it. */
  public GatewayListener gatewayListener() {
    return gateway;
  }

  /**
   * Shows how far the groups of this bus are behind. All processes that watch a bus on a shared
   * store show the same lag; what is in flight is each process's own. Close this before the bus.
   *
   * <p>A scrape waits for what is watched up to {@link PrometheusMetricsBuilder#readWait}. A source
   * that is not read until then, or fails, has no gauges in that scrape and counts in {@code
   * metrics_read_failures_total}; one that answered late shows that answer in the next scrape, if
   * it is at most a minute old by then.
   */
  public PrometheusMetrics watch(EventBus watchedBus) {
    watched.add(watchedBus);
    return this;
  }

  /** Shows how much an outbox holds; read as {@link #watch(EventBus)} says. */
  public PrometheusMetrics watch(OutboxAdmin watchedOutbox) {
    watched.add(watchedOutbox);
    return this;
  }

  /** Shows what a gateway has in flight; read as {@link #watch(EventBus)} says. */
  public PrometheusMetrics watch(GatewayView watchedGateway) {
    watched.add(watchedGateway);
    return this;
  }

  /**
   * A counter of the host's own, unregistered when this is closed. Its label values are the host's
   * to bound.
   *
   * @throws IllegalArgumentException if a name breaks Prometheus's rules or is taken
   */
  public Counter counter(String name, String help, String... labelNames) {
    return add(Counter.build(name, help).labelNames(labelNames).create());
  }

  /** As {@link #counter}, a gauge. */
  public Gauge gauge(String name, String help, String... labelNames) {
    return add(Gauge.build(name, help).labelNames(labelNames).create());
  }

  /** As {@link #counter}, a histogram with simpleclient's buckets, which are made for seconds. */
  public Histogram histogram(String name, String help, String... labelNames) {
    return add(Histogram.build(name, help).labelNames(labelNames).create());
  }

  /** As {@link #counter}, a histogram with these upper bounds of its buckets, ascending. */
  public Histogram histogram(String name, String help, double[] buckets, String... labelNames) {
    return add(Histogram.build(name, help).buckets(buckets).labelNames(labelNames).create());
  }

  /** Where all is registered; for collectors of other kinds. */
  public CollectorRegistry registry() {
    return registrations.registry();
  }

  /**
   * All metrics of the registry.
   *
   * @param acceptHeader what the scraper accepts: OpenMetrics if it says so, else the Prometheus
   *     text format 0.0.4
   */
  public Scrape scrape(@Nullable String acceptHeader) {
    return exposition.scrape(acceptHeader);
  }

  /**
   * Serves scrapes at exactly this path, to everybody who reaches the server, until this is closed.
   * They run on the server's executor and may take as long as {@link
   * PrometheusMetricsBuilder#readWait}.
   *
   * @throws IllegalArgumentException if the path does not begin with a slash, or the JDK's server
   *     refuses it because it is taken, which older ones do not
   */
  public void expose(HttpServer server, String path) {
    registrations.add(new ScrapeHandler(this, path), server);
  }

  /**
   * Unregisters all that was registered through this and serves no more scrapes. Idempotent, and
   * throws nothing.
   */
  @Override
  public void close() {
    registrations.close();
    watched.close();
  }

  private <C extends Collector> C add(C collector) {
    registrations.add(collector);
    return collector;
  }
}
