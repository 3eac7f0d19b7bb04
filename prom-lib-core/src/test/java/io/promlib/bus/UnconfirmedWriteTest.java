package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A server that is cut off from the majority takes a write, shows it, never acknowledges it, and
 * loses it to a fail-over.
 */
class UnconfirmedWriteTest extends EngineScenarios {
  private final CutOff groups = new CutOff(new InMemoryGroupStore());

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), groups);
    return () -> stores;
  }

  @Test
  void anAckIsDurableOnlyWhenAMajorityHasIt() {
    Received received = new Received();
    subscribe(manual(), received);
    publish("a");
    run();
    groups.cutOff();

    CompletableFuture<AckResult> ack = received.last().ackDurably().toCompletableFuture();
    pass(Duration.ofSeconds(2));
    assertThat(ack).isNotDone();

    groups.failOver();
    pass(Duration.ofSeconds(12));
    assertThat(ack).isCompletedWithValue(AckResult.OK);
    assertThat(groups.load(new GroupKey(ORDERS.name(), GROUP)).orElseThrow().state().floor())
        .isEqualTo(1);
    assertThat(received.count()).isEqualTo(1);
  }

  @Test
  void nothingStartsUnderAClaimThatNoMajorityHas() {
    Received received = new Received();
    subscribe(options(), received);
    run();
    groups.cutOff();

    publish("a");
    pass(Duration.ofSeconds(2));
    assertThat(received.count()).isZero();

    groups.failOver();
    pass(Duration.ofSeconds(12));
    assertThat(received.count()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  /** While cut off, writes stand here only and fail. */
  private static final class CutOff implements GroupStore {
    private final GroupStore real;
    private final Map<GroupKey, Versioned> local = new HashMap<>();
    private boolean cutOff;
    private long writes;

    CutOff(GroupStore real) {
      this.real = real;
    }

    void cutOff() {
      cutOff = true;
    }

    void failOver() {
      cutOff = false;
      local.clear();
    }

    @Override
    public Optional<Versioned> load(GroupKey group) {
      Versioned here = local.get(group);
      return here == null ? real.load(group) : Optional.of(here);
    }

    @Override
    public Optional<Versioned> compareAndSet(
        GroupKey group, @Nullable Version expected, GroupState next) {
      if (!cutOff) {
        return real.compareAndSet(group, expected, next);
      }
      if (load(group).map(Versioned::version).filter(v -> v.equals(expected)).isEmpty()) {
        return Optional.empty();
      }
      local.put(group, new Versioned(next, new Version(--writes, writes)));
      throw new StoreUnavailableException("no majority acknowledged the write", null);
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
