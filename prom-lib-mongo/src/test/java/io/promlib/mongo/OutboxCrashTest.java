package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.draft;
import static io.promlib.mongo.OutboxWorld.sent;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxStatus;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A process that dies before any call of adding, claiming, publishing, marking, freeing and
 * cleaning up, or whose call is carried out and the answer lost; another one goes on.
 */
@Timeout(300)
class OutboxCrashTest {
  private static final int MOST_CALLS = 80;
  private static final long LATER = NOW + Duration.ofMinutes(1).toMillis();
  private static final long LATER_STILL = NOW + Duration.ofHours(1).toMillis();

  @Test
  void aProcessMayDieBeforeAnyCall() {
    assertThat(everywhere(FaultyOutbox::dieAfter, false)).isGreaterThan(20);
  }

  @Test
  void aProcessMayDieAfterAnyCallWhoseAnswerItNeverSees() {
    everywhere(
        (faults, calls) -> {
          faults.loseAnswerAfter(calls);
        },
        false);
  }

  @Test
  void aProcessMayLoseAnyAnswerAndGoOn() {
    everywhere(FaultyOutbox::loseAnswerAfter, true);
  }

  /** Lets the fault happen at the first call, at the second, and so on; answers how many. */
  private static int everywhere(ObjLongConsumer<FaultyOutbox> fault, boolean goesOn) {
    int calls = 0;
    boolean failed = true;
    while (failed) {
      assertThat(calls).isLessThan(MOST_CALLS);
      try (OutboxWorld world = new OutboxWorld()) {
        prepare(world);
        FaultyOutbox faults = new FaultyOutbox(world.database);
        fault.accept(faults, calls++);
        try (MongoOutboxStore shaky = world.with(faults)) {
          for (Runnable step : life(world, shaky)) {
            boolean well = runs(step);
            if (!well && !goesOn) {
              break;
            }
          }
        }
        failed = faults.hasFailed();
        assertThatOthersGoOn(world);
      }
    }
    return calls;
  }

  private static boolean runs(Runnable step) {
    try {
      step.run();
      return true;
    } catch (StoreUnavailableException broken) {
      return false;
    }
  }

  private static void prepare(OutboxWorld world) {
    world.add("k", "k1", "k2", "k3");
    world.add(null, "loose");
    world.store.add(draft("o1", "o").order(1), NOW);
    world.store.add(draft("o2", "o").order(2), NOW);
    // A key that is held back, by a record that its operator will drop, and one to be tried again.
    world.add("e", "e1", "e2");
    world.add("r", "r1", "r2");
    List<OutboxOutcome> outcomes = new ArrayList<>();
    for (OutboxClaim claim : claim(world.store, NOW)) {
      String id = claim.record().id();
      outcomes.add(
          id.equals("e1") || id.equals("r1")
              ? new OutboxOutcome.Failed(claim, "boom")
              : new OutboxOutcome.HandedBack(claim, 0));
    }
    assertThat(outcomes).hasSize(10);
    world.store.settle(outcomes, NOW);
  }

  /** What the process does, step by step. */
  private static List<Runnable> life(OutboxWorld world, MongoOutboxStore shaky) {
    List<OutboxClaim> claims = new ArrayList<>();
    return List.of(
        () -> shaky.add(draft("k4", "k"), NOW),
        () -> shaky.add(draft("o3", "o").order(3), NOW),
        () -> claims.addAll(claim(shaky, NOW)),
        () -> shaky.renew(claims, OutboxWorld.LEASE, NOW),
        () -> {
          world.publish(claims);
          sent(shaky, claims, NOW);
        },
        () -> shaky.drop(OutboxWorld.TOPIC, "e1", NOW),
        () -> shaky.requeue(OutboxWorld.TOPIC, "r1", NOW),
        () -> world.drain(shaky, NOW),
        () -> shaky.removeSent(LATER, 100),
        // What a host does that does not know whether it was added.
        () -> shaky.add(draft("k4", "k"), LATER),
        () -> world.drain(shaky, LATER));
  }

  /* Refused where it was sent and, since then, removed. */
  private static void addAgain(OutboxWorld world) {
    try {
      world.store.add(draft("o3", "o").order(3), NOW);
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageContaining("order 3 of key o").hasMessageContaining("sent");
      assertThat(world.published().get("o")).contains("o3");
    }
  }

  private static void assertThatOthersGoOn(OutboxWorld world) {
    world.store.add(draft("k4", "k"), NOW);
    addAgain(world);
    world.drain(world.store, LATER);
    world.store.drop(OutboxWorld.TOPIC, "e1", LATER);
    world.store.requeue(OutboxWorld.TOPIC, "r1", LATER);
    world.drain(world.store, LATER_STILL);

    assertThat(world.published().get("k")).containsExactly("k1", "k2", "k3", "k4");
    assertThat(world.published().get("")).containsExactly("loose");
    assertThat(world.published().get("o")).containsExactly("o1", "o2", "o3");
    assertThat(world.published().get("e")).containsExactly("e2");
    assertThat(world.published().get("r")).containsExactly("r1", "r2");
    assertThat(world.store.list(OutboxStatus.PENDING, null, 10)).isEmpty();
    assertThat(world.store.list(OutboxStatus.CLAIMED, null, 10)).isEmpty();
    assertThat(world.store.list(OutboxStatus.ERROR, null, 10)).isEmpty();
  }
}
