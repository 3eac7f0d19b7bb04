package io.promlib.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.hotspot.BufferPoolsExports;
import io.prometheus.client.hotspot.ClassLoadingExports;
import io.prometheus.client.hotspot.GarbageCollectorExports;
import io.prometheus.client.hotspot.MemoryPoolsExports;
import io.prometheus.client.hotspot.StandardExports;
import io.prometheus.client.hotspot.ThreadExports;
import io.prometheus.client.hotspot.VersionInfoExports;
import java.util.List;

/** The metrics of the JVM, each by itself, for {@code DefaultExports} cannot be taken back. */
final class Jvm {
  private Jvm() {}

  static List<Collector> collectors() {
    return List.of(
        new StandardExports(),
        new MemoryPoolsExports(),
        new BufferPoolsExports(),
        new GarbageCollectorExports(),
        new ThreadExports(),
        new ClassLoadingExports(),
        new VersionInfoExports());
  }
}
