package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.StartAt;
import io.promlib.state.Compactor;
import io.promlib.state.CompactorRun.Outcome;
import io.promlib.state.StateView;
import io.promlib.testkit.SteppedStores.Death;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A compactor that dies, sleeps or meets another, between any two of its calls. */
public abstract class CompactorCrashScenarios extends KeyedScenarios {
  private static final Duration LEASE = Duration.ofSeconds(31);

  /** A state that has been compacted once, and what the next run is to find. */
  private void changes(int round) {
    put("a", "a" + round);
    put("b", "b" + round);
    put("c", "c" + round);
    compactor().build().runToEnd();
    put("b", null);
    put("c", "cc" + round);
    put("d" + round, "d");
    put("c", "ccc" + round);
  }

  private interface Run {
    void of(Compactor compactor);
  }

  /** Runs, and ends before or after every call of it in turn; then another goes on. */
  private void dying(Run run, boolean compactLog) {
    int steps = 0;
    boolean over = false;
    for (int step = 0; !over; step++) {
      for (boolean after : new boolean[] {false, true}) {
        changes(step);
        SteppedStores stepped = new SteppedStores(process().stores());
        Compactor mortal = log(stepped.stores(), compactLog);
        stepped.at(
            step,
            after,
            () -> {
              throw new Death();
            });
        try {
          run.of(mortal);
          over = true;
        } catch (Death expected) {
          steps++;
        }
        clock.advance(LEASE);
        log(process().stores(), compactLog).runToEnd();
        assertSnapshotsAreThoseOfTheFold();
      }
    }
    assertThat(steps).isGreaterThan(20);
    try (StateView<String> view = view()) {
      assertThat(view.all()).isEqualTo(fold());
    }
  }

  private Compactor log(Stores stores, boolean compactLog) {
    return compactor(stores)
        .compactLog(compactLog)
        .dedupeWindow(Duration.ZERO)
        .tombstonesFor(Duration.ofMinutes(10))
        .build();
  }

  @Test
  void aCrashAnywhereInARunLosesNothingAndRepeatsNothing() {
    dying(Compactor::runOnce, false);
  }

  @Test
  void aCrashAnywhereInALogCompactionLosesNoKey() {
    dying(Compactor::runToEnd, true);
  }

  @Test
  void aCrashWhileItPassesADeletionThatIsNoNewsIsMadeUpFor() {
    boolean over = false;
    for (int step = 0; !over; step++) {
      for (boolean after : new boolean[] {false, true}) {
        put("unknown" + step + after, null);
        SteppedStores stepped = new SteppedStores(process().stores());
        Compactor mortal = compactor(stepped.stores()).build();
        stepped.at(
            step,
            after,
            () -> {
              throw new Death();
            });
        try {
          over = mortal.runOnce().outcome() == Outcome.DONE;
        } catch (Death expected) {
          assertThat(expected).isNotNull();
        }
        clock.advance(LEASE);
        Compactor next = compactor().build();
        next.runToEnd();
        assertThat(next.floor()).isEqualTo(events().bounds(ORDERS.name()).tail());
        assertThat(snapshotted()).isEmpty();
      }
    }
  }

  /** As {@link #dying}, but the run sleeps there while another takes over, and goes on then. */
  @Test
  void aRunThatWakesAfterATakeOverPutsNothingOldBehindSomethingNewer() {
    boolean over = false;
    int lost = 0;
    for (int step = 0; !over; step++) {
      changes(step);
      int round = step;
      List<Boolean> slept = new ArrayList<>();
      SteppedStores stepped = new SteppedStores(process().stores());
      Compactor sleeper = compactor(stepped.stores()).build();
      stepped.at(
          step,
          false,
          () -> {
            slept.add(true);
            put("a", "newer" + round);
            put("c", round % 2 == 0 ? null : "newer" + round);
            clock.advance(LEASE);
            compactor().build().runToEnd();
          });

      Outcome outcome = sleeper.runOnce().outcome();

      over = slept.isEmpty();
      lost += outcome == Outcome.LOST ? 1 : 0;
      assertSnapshotsNeverGoBack();
      compactor().build().runToEnd();
      assertSnapshotsAreThoseOfTheFold();
    }
    assertThat(lost).isGreaterThan(3);
  }

  /**
   * A deleted key is forgotten after a while, but not by a run that began before it was deleted.
   */
  @Test
  void aRunThatSleptForDaysBringsNoDeletedKeyBack() {
    boolean over = false;
    for (int step = 0; !over; step++) {
      changes(step);
      put("gone" + step, "value");
      int round = step;
      List<Boolean> slept = new ArrayList<>();
      SteppedStores stepped = new SteppedStores(process().stores());
      Compactor sleeper = compactor(stepped.stores()).build();
      stepped.at(
          step,
          false,
          () -> {
            slept.add(true);
            clock.advance(LEASE);
            compactor().build().runToEnd();
            put("gone" + round, null);
            compactor().build().runToEnd();
            clock.advance(Duration.ofDays(2));
            compactor().build().runToEnd();
          });

      Outcome unused = sleeper.runOnce().outcome();

      over = slept.isEmpty();
      compactor().build().runToEnd();
      assertThat(snapshotted()).isEqualTo(fold());
    }
  }

  /** Nor one that was deleted before anybody else was told of it. */
  @Test
  void norAKeyThatCameAndWentWhileItSlept() {
    boolean over = false;
    for (int step = 0; !over; step++) {
      put("gone" + step, "value");
      int round = step;
      List<Boolean> slept = new ArrayList<>();
      SteppedStores stepped = new SteppedStores(process().stores());
      Compactor sleeper = compactor(stepped.stores()).build();
      stepped.at(
          step,
          false,
          () -> {
            slept.add(true);
            put("gone" + round, null);
            clock.advance(LEASE);
            compactor().build().runToEnd();
          });

      Outcome unused = sleeper.runOnce().outcome();

      over = slept.isEmpty();
      compactor().build().runToEnd();
      assertThat(snapshotted()).isEqualTo(fold());
    }
  }

  /** The same where the other one stops half way, with its snapshots published or not. */
  @Test
  void norIfTheOtherOneDiesAsWell() {
    for (int sleepsAt = 0; sleepsAt < 14; sleepsAt += 2) {
      for (int diesAt = 3; diesAt < 14; diesAt += 2) {
        changes(sleepsAt);
        int dies = diesAt;
        SteppedStores stepped = new SteppedStores(process().stores());
        Compactor sleeper = compactor(stepped.stores()).build();
        stepped.at(
            sleepsAt,
            false,
            () -> {
              put("a", "newer" + dies);
              clock.advance(LEASE);
              SteppedStores others = new SteppedStores(process().stores());
              Compactor mortal = compactor(others.stores()).build();
              others.at(
                  dies,
                  true,
                  () -> {
                    throw new Death();
                  });
              try {
                mortal.runOnce();
              } catch (Death expected) {
                assertThat(expected).isNotNull();
              }
            });
        Outcome unused = sleeper.runOnce().outcome();
        assertSnapshotsNeverGoBack();
        clock.advance(LEASE);
        compactor().build().runToEnd();
        assertSnapshotsAreThoseOfTheFold();
      }
    }
  }

  @Test
  void whileOneIsAtItAnotherDoesNothing() {
    put("a", "1");
    SteppedStores stepped = new SteppedStores(process().stores());
    Compactor mortal = compactor(stepped.stores()).build();
    stepped.at(
        6,
        false,
        () -> {
          throw new Death();
        });
    assertThatThrownBy(mortal::runOnce).isInstanceOf(Death.class);

    assertThat(compactor().build().runOnce().outcome()).isEqualTo(Outcome.BUSY);
    clock.advance(LEASE);
    assertThat(compactor().build().runOnce().outcome()).isEqualTo(Outcome.DONE);
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void aStoreThatFailsLeavesTheClaimToNobody() {
    put("a", "1");
    SteppedStores stepped = new SteppedStores(process().stores());
    Compactor unlucky = compactor(stepped.stores()).build();
    stepped.at(
        6,
        false,
        () -> {
          throw new IllegalStateException("the store is away");
        });
    assertThatThrownBy(unlucky::runOnce).hasMessageContaining("away");

    assertThat(compactor().build().runOnce().outcome()).isEqualTo(Outcome.DONE);
    assertThat(unlucky.runOnce().outcome()).isEqualTo(Outcome.IDLE);
  }

  @Test
  void aGroupThatIsDeletedOrMovedDuringARunEndsIt() {
    for (boolean delete : new boolean[] {true, false}) {
      put("a", "of " + delete);
      SteppedStores stepped = new SteppedStores(process().stores());
      Compactor compactor = compactor(stepped.stores()).build();
      String group = compactor.source().group().group();
      stepped.at(
          7,
          false,
          () -> {
            boolean unused =
                delete
                    ? bus().admin().deleteGroup(ORDERS.name(), group)
                    : bus().admin().seek(ORDERS.name(), group, StartAt.EARLIEST);
          });

      assertThat(compactor.runOnce().outcome()).isEqualTo(Outcome.LOST);
      compactor().build().runToEnd();
      assertSnapshotsAreThoseOfTheFold();
    }
  }
}
