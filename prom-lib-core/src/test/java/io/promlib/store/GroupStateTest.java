package io.promlib.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupStateTest {
  @Test
  void aGroupThatIsMadeHasEverythingBelowItsStartDone() {
    GroupState state = GroupState.starting(GroupSettings.DEFAULT, 7, 0);

    assertThat(state.floor()).isEqualTo(6);
    assertThat(state.unfinished()).isZero();
  }

  @Test
  void theFloorIsBelowTheLowestPositionThatIsNotDone() {
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      long next = 1L + random.nextInt(60);
      Set<Long> open = new HashSet<>();
      long held = 0;
      List<List<Unfinished>> lists = new ArrayList<>();
      List<SeqSet> fresh = new ArrayList<>();
      int claims = random.nextInt(3);
      for (int i = 0; i <= claims; i++) {
        SeqSet set = SeqSet.EMPTY;
        List<Unfinished> list = new ArrayList<>();
        for (long seq = 1L + random.nextInt(30); seq < next; seq += 1 + random.nextInt(20)) {
          if (!open.add(seq)) {
            continue;
          }
          held++;
          if (random.nextBoolean() && i < claims) {
            set = set.plus(SeqSet.of(seq));
          } else {
            list.add(Unfinished.fresh(seq, 0));
          }
        }
        lists.add(list);
        fresh.add(set);
      }
      List<Claim> claimed = new ArrayList<>();
      for (int i = 0; i < claims; i++) {
        claimed.add(new Claim("p" + i, "t" + i, 0, fresh.get(i), lists.get(i)));
      }
      GroupState state =
          new GroupState(GroupSettings.DEFAULT, next, claimed, lists.get(claims), 0, 0, 0);

      long floor = next - 1;
      while (open.stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE) <= floor) {
        floor--;
      }
      assertThat(state.floor()).as("seed %s", seed).isEqualTo(floor);
      assertThat(state.unfinished()).as("seed %s", seed).isEqualTo(held);
    }
  }

  @Test
  void aRedrivenEventDoesNotLowerTheFloor() {
    Unfinished redriven = new Unfinished(3, 0, 0, false, false, null, 17, 1);
    Claim claim = new Claim("p", "t", 0, SeqSet.EMPTY, List.of(redriven));
    GroupState waiting =
        new GroupState(GroupSettings.DEFAULT, 10, List.of(), List.of(redriven), 0, 0, 0);
    GroupState claimed =
        new GroupState(GroupSettings.DEFAULT, 10, List.of(claim), List.of(), 0, 0, 0);

    assertThat(waiting.floor()).isEqualTo(9);
    assertThat(claimed.floor()).isEqualTo(9);
    assertThat(claimed.unfinished()).isEqualTo(1);
  }
}
