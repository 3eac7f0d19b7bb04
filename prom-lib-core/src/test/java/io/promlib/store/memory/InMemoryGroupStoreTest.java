package io.promlib.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.LimitException;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.GroupStore.Version;
import io.promlib.testkit.GroupStoreContract;
import org.junit.jupiter.api.Test;

class InMemoryGroupStoreTest extends GroupStoreContract {
  private static final GroupState STATE = GroupState.starting(GroupSettings.DEFAULT, 1, 0);

  @Override
  protected GroupStore create() {
    return new InMemoryGroupStore();
  }

  @Test
  void oneGroupTooManyIsRefusedAndSaysWhatToDo() {
    GroupStore store = new InMemoryGroupStore(2);
    store.compareAndSet(new GroupKey("t", "a"), null, STATE);
    store.compareAndSet(new GroupKey("t", "b"), null, STATE);

    assertThatThrownBy(() -> store.compareAndSet(new GroupKey("t", "c"), null, STATE))
        .isInstanceOf(LimitException.class)
        .hasMessageContainingAll("t/c", "2 groups", "delete groups", "maxGroups");
    assertThat(store.list()).hasSize(2);
  }

  @Test
  void aGroupThatIsThereLosesTheRaceAtTheLimitToo() {
    GroupStore store = new InMemoryGroupStore(1);
    store.compareAndSet(new GroupKey("t", "a"), null, STATE);

    assertThat(store.compareAndSet(new GroupKey("t", "a"), null, STATE)).isEmpty();
  }

  @Test
  void aDeletedGroupMakesRoomForAnother() {
    GroupStore store = new InMemoryGroupStore(1);
    for (int i = 0; i < 3; i++) {
      GroupKey group = new GroupKey("t", "g" + i);
      Version made = store.compareAndSet(group, null, STATE).orElseThrow().version();
      assertThat(store.delete(group, made)).isTrue();
    }
  }

  @Test
  void tenThousandGroupsFitByDefault() {
    GroupStore store = new InMemoryGroupStore();
    for (int i = 0; i < 10_000; i++) {
      store.compareAndSet(new GroupKey("t", "g" + i), null, STATE);
    }

    assertThatThrownBy(() -> store.compareAndSet(new GroupKey("t", "more"), null, STATE))
        .isInstanceOf(LimitException.class);
  }

  @Test
  void aLimitBelowOneIsRefused() {
    assertThatThrownBy(() -> new InMemoryGroupStore(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxGroups must be at least 1, is 0");
  }
}
