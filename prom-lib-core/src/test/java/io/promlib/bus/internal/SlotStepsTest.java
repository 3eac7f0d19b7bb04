package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.promlib.store.Claim;
import io.promlib.store.Slots;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What holds after every step of any owners on a group with slots; more: {@code -Dprom.walks}. */
class SlotStepsTest {
  private static final int WALKS = Integer.getInteger("prom.walks", 150);
  private static final int STEPS = 150;

  @Test
  void eachEventIsDoneOrInOnePlaceAndItsFailuresAreKept() {
    walk(walk -> assertThat(walk.places()).isEqualTo(walk.model));
  }

  @Test
  void nextIsTheLowestOfTheSlots() {
    walk(walk -> assertThat(walk.state.next()).isEqualTo(SlotSteps.slots(walk.state).lowest()));
  }

  @Test
  void noEventIsSteppedOverUnlessRetentionTookIt() {
    walk(
        walk -> {
          for (long seq = walk.begun; seq <= walk.tail; seq++) {
            boolean passed = seq < SlotSteps.slots(walk.state).next(SlotsWalk.slot(seq));
            boolean known = walk.accounted.contains(seq) || seq < walk.first;
            assertThat(passed && !known).as("position %d was stepped over", seq).isFalse();
          }
        });
  }

  @Test
  void onlyASeekMovesTheFloorBack() {
    for (long seed = 1; seed <= WALKS; seed++) {
      SlotsWalk walk = new SlotsWalk(seed);
      for (int i = 0; i < STEPS; i++) {
        long before = walk.state.floor();
        boolean sought = walk.step();
        if (!sought && walk.state.floor() < before) {
          fail("seed %d, step %d, %s: from %d", seed, i, walk.lastStep, before);
        }
      }
    }
  }

  @Test
  void aSlotHasOneOwnerAndAProcessOneSignOfLife() {
    walk(
        walk -> {
          Map<String, Integer> claims = new HashMap<>();
          for (Claim claim : walk.state.claims()) {
            String of = claim.slot() == Slots.NONE ? claim.token() : "slot " + claim.slot();
            assertThat(claims.merge(of, 1, Integer::sum)).as(of).isEqualTo(1);
          }
        });
  }

  @Test
  void whatAProcessHasEndsAtOneTime() {
    walk(
        walk -> {
          Map<String, Long> ends = new HashMap<>();
          for (Claim claim : walk.state.claims()) {
            Long other = ends.putIfAbsent(claim.token(), claim.until());
            assertThat(other == null || other == claim.until()).isTrue();
          }
        });
  }

  @Test
  void processesThatLiveComeToShareTheSlotsAndThenNothingMoves() {
    for (int processes = 1; processes <= 40; processes++) {
      SlotsWalk walk = new SlotsWalk(processes);
      walk.settleDown(processes);
      int most = (Slots.COUNT + processes - 1) / processes;
      int fewest = Slots.COUNT / processes;
      int all = 0;
      for (int i = 0; i < processes; i++) {
        int owned = Integer.bitCount(Claims.slots(walk.state, "p" + i));
        assertThat(owned).as("%d processes", processes).isBetween(fewest, most);
        all += owned;
      }
      assertThat(all).isEqualTo(Slots.COUNT);
      assertThat(walk.movesOf(processes)).as("%d processes", processes).isZero();
    }
  }

  private static void walk(Consumer<SlotsWalk> check) {
    for (long seed = 1; seed <= WALKS; seed++) {
      SlotsWalk walk = new SlotsWalk(seed);
      int step = 0;
      try {
        for (; step < STEPS; step++) {
          walk.step();
          check.accept(walk);
        }
      } catch (AssertionError e) {
        fail("seed " + seed + ", step " + step + ", " + walk.lastStep + ": " + e.getMessage(), e);
      }
    }
  }
}
