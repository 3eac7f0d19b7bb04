package io.promlib.bus.internal;

import io.promlib.bus.BusListener;
import io.promlib.event.Json;
import io.promlib.store.EventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/** What parts of a bus are given where a test has no bus. */
final class Wirings {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private Wirings() {}

  /** On a clock that stands. */
  static Wiring of(EventStore events, Executor workers) {
    return new Wiring(
        events,
        new InMemoryGroupStore(),
        new ManualClock(),
        workers,
        Json.mapper(),
        BusListener.NONE,
        false,
        "bus",
        1 << 20,
        SECOND,
        SECOND,
        SECOND,
        Duration.ZERO,
        SECOND,
        List.of());
  }
}
