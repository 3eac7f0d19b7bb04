package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process dies at each step; another goes on. Each record becomes one event. */
class OutboxCrashTest {
  private static final int RECORDS = 12;

  @ParameterizedTest
  @CsvSource({
    "claim, before", "claim, after",
    "publish, before", "publish, after",
    "settle, before", "settle, after"
  })
  void eachRecordIsOneEventWhereverADrainerDies(String step, String when) {
    try (DrainBench bench = new DrainBench()) {
      addAll(bench);
      OneFault fault = new OneFault();
      arm(fault, step, when);
      OutboxDrainer dying = bench.drainer(fault).batchSize(7).build();
      assertThatThrownBy(() -> DrainBench.drainAll(dying)).isInstanceOf(Crash.class);

      bench.clock.advance(DrainBench.LEASE.multipliedBy(2));
      DrainBench.drainAll(bench.drainer().build());

      requireAllOnce(bench);
    }
  }

  @ParameterizedTest
  @CsvSource({"before", "after"})
  void aDrainerThatDiesBetweenTheRecordsOfABatchLeavesTheRestToOthers(String when) {
    try (DrainBench bench = new DrainBench()) {
      addAll(bench);
      OneFault fault = new OneFault();
      BusTarget target = new BusTarget(bench.bus);
      OutboxDrainer dying =
          bench
              .drainer(new ShakyOutbox(bench.store, fault))
              .each(
                  record -> {
                    if (record.id().equals("r5")) {
                      arm(fault, "publish", when);
                    }
                    fault.strike(
                        "publish",
                        () -> {
                          target.publish(List.of(record));
                          return true;
                        });
                  })
              .build();
      assertThatThrownBy(() -> DrainBench.drainAll(dying)).isInstanceOf(Crash.class);

      bench.clock.advance(DrainBench.LEASE.multipliedBy(2));
      DrainBench.drainAll(bench.drainer().build());

      requireAllOnce(bench);
    }
  }

  @ParameterizedTest
  @CsvSource({"before", "after"})
  void anAdderThatDiedAddsAgainByTheSameId(String when) {
    try (DrainBench bench = new DrainBench()) {
      OneFault fault = new OneFault();
      arm(fault, "add", when);
      EventMeta meta = new EventMeta("k", Map.of(), List.of(), List.of(), null);
      OutboxDraft draft = new OutboxDraft(DrainBench.TOPIC, "one", 1, Payload.NULL, meta, 0);
      ShakyOutbox dying = new ShakyOutbox(bench.store, fault);
      assertThatThrownBy(() -> dying.add(draft, 0)).isInstanceOf(Crash.class);

      bench.store.add(draft, 0);
      DrainBench.drainAll(bench.drainer().build());

      assertThat(bench.ids()).containsExactly("one");
    }
  }

  @ParameterizedTest
  @CsvSource({"before", "after"})
  void cleaningUpGoesOnWhereOneDied(String when) {
    try (DrainBench bench = new DrainBench()) {
      addAll(bench);
      DrainBench.drainAll(bench.drainer().build());
      bench.clock.advance(Duration.ofDays(2));
      OneFault fault = new OneFault();
      arm(fault, "removeSent", when);
      OutboxDrainer dying = bench.drainer(fault).build();
      assertThatThrownBy(dying::cleanOnce).isInstanceOf(Crash.class);

      bench.drainer().build().cleanOnce();

      assertThat(bench.store.counts().sent()).isZero();
      assertThat(bench.ids()).hasSize(RECORDS).doesNotHaveDuplicates();
    }
  }

  @Test
  void aCrashBurnsNoAttempt() {
    try (DrainBench bench = new DrainBench()) {
      bench.add("one", null);
      OneFault fault = new OneFault();
      fault.crashAfter("claim");
      assertThatThrownBy(() -> bench.drainer(fault).build().drainOnce()).isInstanceOf(Crash.class);
      bench.clock.advance(DrainBench.LEASE);

      assertThat(bench.store.claim("me", 1, DrainBench.LEASE, bench.clock.millis()))
          .extracting(claim -> claim.record().attempts())
          .containsExactly(0);
    }
  }

  private static void arm(OneFault fault, String step, String when) {
    if (when.equals("before")) {
      fault.crashBefore(step);
    } else {
      fault.crashAfter(step);
    }
  }

  private static void addAll(DrainBench bench) {
    for (int i = 0; i < RECORDS; i++) {
      bench.add("r" + i, i % 3 == 0 ? null : "k" + i % 3);
    }
  }

  private static void requireAllOnce(DrainBench bench) {
    assertThat(bench.ids()).hasSize(RECORDS).doesNotHaveDuplicates();
    for (String key : List.of("k1", "k2")) {
      assertThat(
              bench.published().stream()
                  .filter(event -> key.equals(event.key()))
                  .map(event -> Integer.parseInt(event.id().substring(1))))
          .isSorted();
    }
    assertThat(bench.store.counts().sent()).isEqualTo(RECORDS);
  }
}
