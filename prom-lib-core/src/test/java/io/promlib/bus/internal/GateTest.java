package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.SubscribeOptions;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.memory.InMemoryEventStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gate's promise on real threads, each of which starts events of a member of its own. */
@Timeout(120)
class GateTest {
  private static final Topic<String> TOPIC = Topic.of("orders", String.class);
  private static final int THREADS = 4;
  private static final int STARTS = 40_000;
  private static final int TRIES = 200;
  private static final int WORK = 50;

  private final GroupRuntime group = group();
  private final Gate gate = new Gate(false);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger alone = new AtomicInteger();
  private final AtomicInteger wereAlone = new AtomicInteger();

  @Test
  void whatRunsAloneHasNothingBesideItWhoeverStartsMeanwhile() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Member member = member();
        Random random = new Random(i);
        gate.enter(member);
        work.add(() -> starts(member, random));
      }
      int ran = 0;
      for (Future<Integer> thread : threads.invokeAll(work)) {
        ran += thread.get(60, TimeUnit.SECONDS);
      }
      assertThat(ran).isPositive();
      assertThat(wereAlone.get()).isPositive();
      assertThat(gate.isFor(lease())).as("the gate is open at the end").isTrue();
    } finally {
      threads.shutdownNow();
    }
  }

  private int starts(Member member, Random random) {
    int ran = 0;
    for (int i = 0; i < STARTS; i++) {
      Lease lease = lease();
      if (random.nextInt(20) == 0) {
        startAlone(member, lease);
      } else if (start(member, lease)) {
        ran++;
      }
    }
    return ran;
  }

  private boolean start(Member member, Lease lease) {
    member.began();
    if (!gate.isFor(lease)) {
      member.neverBegan();
      return false;
    }
    running.incrementAndGet();
    work();
    assertThat(alone.get()).as("one that runs alone, beside this one").isZero();
    running.decrementAndGet();
    member.ended(lease);
    return true;
  }

  private void startAlone(Member member, Lease lease) {
    if (!gate.close(lease, () -> {})) {
      return;
    }
    for (int tries = 0; tries < TRIES; tries++) {
      member.began();
      if (gate.isIdleBut(member)) {
        lease.alone(true);
        assertThat(alone.incrementAndGet()).as("that run alone").isEqualTo(1);
        work();
        assertThat(running.get()).as("beside one that runs alone").isZero();
        wereAlone.incrementAndGet();
        alone.decrementAndGet();
        member.ended(lease);
        return;
      }
      member.neverBegan();
      Thread.onSpinWait();
    }
    gate.open(lease);
  }

  private static void work() {
    for (int i = 0; i < WORK; i++) {
      Thread.onSpinWait();
    }
  }

  private static Lease lease() {
    return new Lease(
        new EventRecord("id", 1, 0, 0, TOPIC.name(), Payload.NULL, EventMeta.NONE), null);
  }

  private Member member() {
    return new Member(group, TOPIC, SubscribeOptions.defaults(), d -> {}, Json.mapper(), gate);
  }

  private static GroupRuntime group() {
    Wiring wiring = Wirings.of(new InMemoryEventStore(), task -> {});
    GroupState state = GroupState.starting(GroupSettings.DEFAULT, 1, 0);
    return Objects.requireNonNull(
        new Topics(wiring)
            .get(TOPIC.name())
            .group(new GroupKey(TOPIC.name(), "mailer"), new Versioned(state, new Version(1, 1))));
  }
}
