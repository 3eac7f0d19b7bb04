package io.promlib.metrics;

import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;

/** Puts {@link PrometheusMetrics} together; what is not given is the default. */
public final class PrometheusMetricsBuilder {
  private static final Duration MOST_WAIT = Duration.ofMinutes(1);

  private CollectorRegistry registry = new CollectorRegistry(true);
  private InstantSource clock = InstantSource.system();
  private Duration readWait = Duration.ofSeconds(2);
  private boolean jvm;

  PrometheusMetricsBuilder() {}

  /**
   * Registers with the host's registry, such as {@link CollectorRegistry#defaultRegistry}. Default:
   * one of its own.
   */
  public PrometheusMetricsBuilder registry(CollectorRegistry hosts) {
    registry = hosts;
    return this;
  }

  /** Adds the metrics of the JVM: memory, garbage collection, threads, classes, the process. */
  public PrometheusMetricsBuilder jvm() {
    jvm = true;
    return this;
  }

  /**
   * Wall time, for latency and age. On MongoDB events carry the server's time: what this clock
   * differs from it shows in both, and what would be negative counts as zero. Default: the
   * machine's.
   */
  public PrometheusMetricsBuilder clock(InstantSource wall) {
    clock = wall;
    return this;
  }

  /** How long a scrape waits for what it reads from stores; default 2 s, at most a minute. */
  public PrometheusMetricsBuilder readWait(Duration wait) {
    if (wait.isNegative() || wait.isZero() || wait.compareTo(MOST_WAIT) > 0) {
      throw new IllegalArgumentException(
          "readWait must be positive and at most a minute, is " + wait);
    }
    readWait = wait;
    return this;
  }

  /**
   * Registers all metrics.
   *
   * @throws IllegalStateException if the registry holds one of that name already; nothing is
   *     registered then
   */
  public PrometheusMetrics build() {
    return new PrometheusMetrics(this);
  }

  CollectorRegistry registry() {
    return registry;
  }

  InstantSource clock() {
    return clock;
  }

  Duration readWait() {
    return readWait;
  }

  boolean wantsJvm() {
    return jvm;
  }
}
