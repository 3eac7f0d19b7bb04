package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.store.Claim;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What holds after every step of any owners, in any order; more: {@code -Dprom.walks=10000}. */
class GroupStepsTest {
  private static final int WALKS = Integer.getInteger("prom.walks", 250);
  private static final int STEPS = 150;
  private static final int FEW = 6;

  @Test
  void eachEventIsDoneOrInOnePlaceAndItsFailuresAreKept() {
    walk(walk -> assertThat(walk.places()).isEqualTo(walk.model));
  }

  @Test
  void theFloorIsJustBelowTheLowestEventThatIsNotDone() {
    walk(walk -> assertThat(walk.state.floor()).isEqualTo(walk.floor()));
  }

  @Test
  void onlyASeekMovesTheFloorBack() {
    for (long seed = 1; seed <= WALKS; seed++) {
      StepsWalk walk = new StepsWalk(seed, FEW);
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
  void whatWasNeverClaimedBeginsWhereClaimsAndSkipsEnd() {
    walk(walk -> assertThat(walk.state.next()).isEqualTo(walk.next));
  }

  @Test
  void eachPositionThatRetentionTookFirstIsCountedOnce() {
    walk(walk -> assertThat(walk.state.skipped()).isEqualTo(walk.skipped));
  }

  @Test
  void anOrderedGroupHasOneClaimAtMost() {
    walk(
        walk -> {
          if (walk.ordering != Ordering.NONE) {
            assertThat(walk.state.claims()).hasSizeLessThanOrEqualTo(1);
          }
        });
  }

  @Test
  void aGroupNeverHasMoreUnfinishedThanItMay() {
    long highest = 0;
    for (long seed = 1; seed <= 20; seed++) {
      StepsWalk walk = new StepsWalk(seed, 3000);
      for (int i = 0; i < 60; i++) {
        walk.step();
        long unfinished = walk.state.unfinished();
        assertThat(unfinished)
            .as("seed %d, step %d, %s", seed, i, walk.lastStep)
            .isLessThanOrEqualTo(GroupSteps.MAX_UNFINISHED);
        highest = Math.max(highest, unfinished);
      }
    }
    assertThat(highest).as("the walks reach the bound").isEqualTo(GroupSteps.MAX_UNFINISHED);
  }

  @Test
  void aStaleTokenChangesNothingOfWhatOthersHold() {
    for (long seed = 1; seed <= WALKS; seed++) {
      StepsWalk walk = new StepsWalk(seed, FEW);
      for (int i = 0; i < STEPS; i++) {
        walk.step();
        GroupState state = walk.state;
        Delta delta = aboutWhatOthersHold(state, new Random(seed + i));
        GroupState settled = Settling.settle(state, "old", "stale", delta);
        assertThat(settled).as("seed %d, step %d, settle", seed, i).isEqualTo(state);
        assertThat(GroupSteps.release(state, "stale", walk.now))
            .as("seed %d, step %d, release", seed, i)
            .isSameAs(state);
      }
    }
  }

  /* Also about what nobody holds: done long ago, or yet to come. */
  private static Delta aboutWhatOthersHold(GroupState state, Random random) {
    Delta delta = new Delta();
    for (Claim claim : state.claims()) {
      claim.fresh().forEach(seq -> settleSomehow(delta, Unfinished.fresh(seq, 0), random));
      claim.retried().forEach(event -> settleSomehow(delta, event, random));
    }
    settleSomehow(delta, Unfinished.fresh(state.next() + 5, 0), random);
    if (state.floor() > 0) {
      settleSomehow(delta, Unfinished.fresh(state.floor(), 0), random);
    }
    return delta;
  }

  private static void settleSomehow(Delta delta, Unfinished event, Random random) {
    switch (random.nextInt(4)) {
      case 0 -> delta.done(EventKey.of(event));
      case 1 -> delta.waiting(event.failed(false, 0));
      case 2 -> delta.claimed(event.startedAlone());
      default -> delta.doneFresh(event.letter() == 0 ? event.seq() : 0);
    }
  }

  @Test
  void aClaimStillRenewsAtTheBoundButTakesNothingNew() {
    GroupState state = GroupState.starting(GroupSettings.DEFAULT, 1, 0);
    state = GroupSteps.claim(state, "a", "a1", new Request(9000, 1, 9000), 0, 100).state();
    assertThat(state.next()).isEqualTo(GroupSteps.MAX_UNFINISHED + 1);

    GroupSteps.Taken more = GroupSteps.claim(state, "a", "a1", new Request(10, 1, 9000), 50, 150);

    assertThat(more.fresh()).isEqualTo(SeqSet.EMPTY);
    assertThat(more.state().claims()).extracting(Claim::until).containsExactly(150L);
  }

  @Test
  void anOrderedGroupsLiveClaimKeepsAllOthersOut() {
    GroupSettings ordered =
        new GroupSettings(
            Ordering.TOPIC,
            GroupSettings.DEFAULT.filter(),
            5,
            GroupSettings.DEFAULT.backoff(),
            null);
    GroupState state = GroupState.starting(ordered, 1, 0);
    state = GroupSteps.claim(state, "a", "a1", new Request(1, 1, 9), 0, 100).state();

    GroupSteps.Taken taken = GroupSteps.claim(state, "b", "b1", new Request(5, 1, 9), 1, 101);

    assertThat(taken.fresh()).isEqualTo(SeqSet.EMPTY);
    assertThat(taken.retried()).isEqualTo(List.of());
    assertThat(taken.state()).isEqualTo(state);
  }

  private static void walk(Consumer<StepsWalk> check) {
    for (long seed = 1; seed <= WALKS; seed++) {
      StepsWalk walk = new StepsWalk(seed, FEW);
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
