package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a group costs its store. */
class GroupWritesTest extends EngineScenarios {
  private final Counting groups = new Counting(new InMemoryGroupStore());

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), groups);
    return () -> stores;
  }

  @Test
  void anEventToAnIdleGroupCostsOneWriteToClaimItAndOneToAckIt() {
    bus().subscribe(ORDERS, GROUP, event -> {});
    run();
    groups.writes = 0;
    bus().publish(ORDERS, "a");
    run();
    assertThat(groups.load(new GroupKey(ORDERS.name(), GROUP)).orElseThrow().state().floor())
        .isEqualTo(1);
    assertThat(groups.writes).isEqualTo(2);
  }

  @Test
  void aGroupWithNothingToDoWritesNothing() {
    Subscription subscription = bus().subscribe(ORDERS, GROUP, event -> {});
    bus().publish(ORDERS, "a");
    run();
    groups.writes = 0;
    for (int i = 0; i < 10; i++) {
      subscription.pause();
      subscription.resume();
      clock.advance(Duration.ofMillis(100));
      run();
    }
    assertThat(groups.writes).isZero();
  }

  private static final class Counting implements GroupStore {
    private final GroupStore real;
    private int writes;

    Counting(GroupStore real) {
      this.real = real;
    }

    @Override
    public Optional<Versioned> load(GroupKey group) {
      return real.load(group);
    }

    @Override
    public Optional<Versioned> compareAndSet(
        GroupKey group, @Nullable Version expected, GroupState next) {
      writes++;
      return real.compareAndSet(group, expected, next);
    }

    @Override
    public boolean delete(GroupKey group, Version expected) {
      return real.delete(group, expected);
    }

    @Override
    public List<GroupKey> list() {
      return real.list();
    }

    @Override
    public Map<String, Versioned> loadAll(String topic) {
      return real.loadAll(topic);
    }

    @Override
    public List<GroupKey> expired(long now) {
      return real.expired(now);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
