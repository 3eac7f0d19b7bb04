package io.promlib.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.promlib.bus.EventBus;
import io.promlib.metrics.Source.Asked;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxCounts;
import io.promlib.store.GroupKey;
import io.promlib.wire.GatewayView;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the host handed over to be read at each scrape. */
final class Watched extends Collector implements Collector.Describable, AutoCloseable {
  private final Pairs<?> pairs;
  private final InstantSource clock;
  private final Duration wait;
  private final Counter failures =
      Counter.build(
              "metrics_read_failures_total",
              "Scrapes without the gauges of a source that could not be read in time.")
          .labelNames("source")
          .create();
  private final List<Source<Map<Pair, Behind>>> buses = new CopyOnWriteArrayList<>();
  private final List<Source<Map<GroupKey, Long>>> gateways = new CopyOnWriteArrayList<>();
  private final List<Source<OutboxCounts>> outboxes = new CopyOnWriteArrayList<>();
  private final ThreadPoolExecutor threads;

  Watched(Pairs<?> pairs, InstantSource clock, Duration wait) {
    this.pairs = pairs;
    this.clock = clock;
    this.wait = wait;
    AtomicInteger numbers = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // One for each source at most.
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "prom-metrics-" + numbers.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  List<Collector> collectors() {
    return List.of(this, failures);
  }

  void add(EventBus bus) {
    buses.add(source("bus", () -> BusReading.read(bus, pairs, clock.millis())));
  }

  void add(GatewayView gateway) {
    gateways.add(source("gateway", gateway::inFlight));
  }

  void add(OutboxAdmin outbox) {
    outboxes.add(source("outbox", outbox::counts));
  }

  private <T> Source<T> source(String name, Supplier<T> reader) {
    return new Source<>(name, reader, threads, clock, failures.labels(name));
  }

  @Override
  public List<MetricFamilySamples> describe() {
    return new Gauges(pairs).families(clock.millis());
  }

  @Override
  public List<MetricFamilySamples> collect() {
    List<Asked<Map<Pair, Behind>>> ofBuses = buses.stream().map(Source::ask).toList();
    List<Asked<Map<GroupKey, Long>>> ofGateways = gateways.stream().map(Source::ask).toList();
    List<Asked<OutboxCounts>> ofOutboxes = outboxes.stream().map(Source::ask).toList();
    awaitAll(
        Stream.of(ofBuses, ofGateways, ofOutboxes)
            .flatMap(List::stream)
            .map(Asked::answer)
            .toArray(CompletableFuture<?>[]::new));
    Gauges gauges = new Gauges(pairs);
    taken(ofBuses).forEach(gauges::addBus);
    taken(ofGateways).forEach(gauges::addGateway);
    taken(ofOutboxes).forEach(gauges::addOutbox);
    return gauges.families(clock.millis());
  }

  private void awaitAll(CompletableFuture<?>[] answers) {
    try {
      // It ends when all have, one that failed early included.
      CompletableFuture.allOf(answers).get(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Whoever takes the answer counts it.
    }
  }

  private static <T> List<T> taken(List<Asked<T>> asked) {
    return asked.stream().map(Asked::take).flatMap(Optional::stream).toList();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
