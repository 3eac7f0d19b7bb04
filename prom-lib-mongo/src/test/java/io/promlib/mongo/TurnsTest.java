package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class TurnsTest {
  private final ManualClock clock = new ManualClock();
  private final List<Runnable> whileWaiting = new ArrayList<>();
  private MongoDatabase database;
  private TopicDocuments topics;

  @BeforeEach
  void open() {
    database = TestMongo.freshDatabase();
    topics =
        new TopicDocuments(
            new Database(database, null, MongoNames.defaults(), Duration.ofSeconds(10)), clock);
    topics.ensure(TOPIC);
  }

  /* A pause turns the clock and lets the others do what the test says. */
  private Turns process(String owner) {
    return new Turns(TOPIC, topics, clock, owner, this::pause);
  }

  private void pause(long nanos) {
    clock.advance(Duration.ofNanos(nanos));
    if (!whileWaiting.isEmpty()) {
      whileWaiting.remove(0).run();
    }
  }

  @Test
  void nobodyAsksForATurnBeforeThreeLostRounds() {
    Turns one = process("one");
    one.begin();

    for (int lost = 0; lost < Turns.LOST_ROUNDS; lost++) {
      assertThat(one.await(lost)).isFalse();
    }
    assertThat(topics.turns(TOPIC)).isEmpty();

    assertThat(one.await(Turns.LOST_ROUNDS)).isTrue();
    assertThat(one.isHolding()).isTrue();
    assertThat(topics.turns(TOPIC)).hasSize(1);
  }

  @Test
  void theNextWaitsUntilTheTurnBeforeItsOwnIsOver() {
    Turns one = process("one");
    Turns two = process("two");
    one.begin();
    one.await(Turns.LOST_ROUNDS);
    List<String> seen = new ArrayList<>();
    whileWaiting.add(() -> seen.add("waited while one holds " + one.isHolding()));
    whileWaiting.add(one::end);
    two.begin();

    assertThat(two.await(Turns.LOST_ROUNDS)).isTrue();

    assertThat(seen).containsExactly("waited while one holds true");
    assertThat(one.isHolding()).isFalse();
    assertThat(two.isHolding()).isTrue();
    two.end();
    assertThat(topics.turns(TOPIC)).isEmpty();
  }

  @Test
  void aDeadHeadIsTakenOutWhenItsLeaseIsOver() {
    topics.joinTurns(TOPIC, "dead-1");
    Turns one = process("one");
    long begun = clock.nanos();
    one.begin();

    assertThat(one.await(Turns.LOST_ROUNDS)).isTrue();

    assertThat(one.isHolding()).isTrue();
    assertThat(clock.nanos() - begun).isBetween(Turns.LEASE, 2 * Turns.LEASE);
    assertThat(topics.turns(TOPIC)).doesNotContain("dead-1");
  }

  @Test
  void aWaitEndsEvenIfTheClockStandsStill() {
    topics.joinTurns(TOPIC, "dead-1");
    AtomicInteger pauses = new AtomicInteger();
    Turns one = new Turns(TOPIC, topics, clock, "one", nanos -> pauses.incrementAndGet());
    one.begin();

    assertThat(one.await(Turns.LOST_ROUNDS)).isTrue();
    assertThat(pauses.get()).isBetween(Turns.MOST_LOOKS, Turns.MOST_LOOKS + 10);
  }

  @Test
  void whoIsBusyLooksEveryTwentyMillisecondsAndQueuesBehindOthers() {
    Turns busy = process("busy");
    busy.begin();
    busy.end();
    topics.joinTurns(TOPIC, "starved-1");
    whileWaiting.add(() -> topics.leaveTurns(TOPIC, "starved-1"));

    clock.advance(Duration.ofMillis(4));
    busy.begin();
    assertThat(busy.await(0)).as("looked too early").isFalse();
    busy.end();
    for (int i = 0; i < 4; i++) {
      clock.advance(Duration.ofMillis(4));
      busy.begin();
      busy.end();
    }
    busy.begin();

    assertThat(busy.await(0)).isTrue();
    assertThat(busy.isHolding()).isTrue();
    assertThat(whileWaiting).isEmpty();
  }

  @Test
  void whoAppendsEveryFewHundredthsOfASecondLooksToo() {
    Turns often = process("often");
    often.begin();
    often.end();
    clock.advance(Duration.ofMillis(30));
    often.begin();
    topics.joinTurns(TOPIC, "starved-1");
    whileWaiting.add(() -> topics.leaveTurns(TOPIC, "starved-1"));

    assertThat(often.await(0)).isTrue();
    often.end();
    assertThat(often.isHolding()).as("it is not busy, so it leaves at once").isFalse();
    assertThat(topics.turns(TOPIC)).isEmpty();
  }

  @Test
  void whoIsIdleNeverLooks() {
    Turns idle = process("idle");
    topics.joinTurns(TOPIC, "starved-1");
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofSeconds(1));
      idle.begin();
      assertThat(idle.await(0)).isFalse();
      idle.end();
    }

    assertThat(topics.turns(TOPIC)).containsExactly("starved-1");
  }

  @Test
  void aBusyHolderAppendsOnForAWhileAndThenLeaves() {
    Turns busy = process("busy");
    busy.begin();
    busy.end();
    busy.begin();
    busy.await(Turns.LOST_ROUNDS);
    busy.end();
    assertThat(busy.isHolding()).isTrue();

    int appends = 0;
    while (busy.isHolding()) {
      clock.advance(Duration.ofMillis(2));
      busy.begin();
      assertThat(busy.await(0)).isFalse();
      clock.advance(Duration.ofMillis(2));
      busy.end();
      appends++;
    }

    assertThat(appends).isBetween(5, 10);
    assertThat(topics.turns(TOPIC)).isEmpty();
  }

  @Test
  void whoWasTakenForDeadTriesItsLuckAndIsNotInTheQueue() {
    topics.joinTurns(TOPIC, "other-1");
    Turns one = process("one");
    whileWaiting.add(() -> topics.leaveTurns(TOPIC, "one-1"));
    one.begin();

    assertThat(one.await(Turns.LOST_ROUNDS)).isTrue();

    assertThat(one.isHolding()).isFalse();
    assertThat(topics.turns(TOPIC)).containsExactly("other-1");
  }

  @Test
  void aStoreThatLosesEveryRoundGetsItsTurn() {
    FaultyDatabase slow = new FaultyDatabase(database);
    try (MongoEventStore fast = quiet().build();
        MongoEventStore starved = quiet().build(slow)) {
      for (int i = 0; i < Turns.LOST_ROUNDS; i++) {
        int round = i;
        slow.next(
            (documents, carryOut) -> {
              fast.append(TOPIC, Events.event("fast-" + round), NOW);
              carryOut.run();
            });
      }
      List<Integer> queued = new ArrayList<>();
      slow.next(
          (documents, carryOut) -> {
            queued.add(topics.turns(TOPIC).size());
            carryOut.run();
          });

      assertThat(starved.append(TOPIC, Events.event("slow"), NOW)).isNotNull();

      assertThat(queued).containsExactly(1);
      assertThat(topics.turns(TOPIC)).isEmpty();
      assertThat(Events.ids(fast, TOPIC)).containsExactly("fast-0", "fast-1", "fast-2", "slow");
    }
  }

  private MongoEventStoreBuilder quiet() {
    return MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE);
  }
}
