package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.Unfinished;
import org.junit.jupiter.api.Test;

class GroupStepsOrderTest {

  @Test
  void whatAnOrderedGroupTakesOverComesInTheOrderOfTheTopic() {
    GroupSettings settings =
        new GroupSettings(Ordering.TOPIC, Filter.ALL, 5, Backoff.DEFAULT, null);
    GroupState state = GroupState.starting(settings, 1, 0);
    state = GroupSteps.claim(state, "a", "a1", new Request(3, 1, 3), 0, 100).state();
    Delta delta = new Delta();
    delta.claimed(new Unfinished(1, 1, 0, false, false, null, 0, 0));
    state = GroupSteps.release(Settling.settle(state, "a", "a1", delta), "a1", 0);

    GroupSteps.Taken taken = GroupSteps.claim(state, "b", "b1", new Request(3, 1, 3), 1, 100);

    assertThat(taken.retried()).extracting(Unfinished::seq).containsExactly(1L, 2L, 3L);
  }
}
