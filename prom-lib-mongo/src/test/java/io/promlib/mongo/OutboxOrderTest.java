package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.LEASE;
import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.TOPIC;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.draft;
import static io.promlib.mongo.OutboxWorld.ids;
import static io.promlib.mongo.OutboxWorld.sent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxCounts;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxStatus;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What could let a record overtake another one of its key, or sleep too long behind it. */
@Timeout(120)
class OutboxOrderTest {
  private static final long HOUR = Duration.ofHours(1).toMillis();

  private final OutboxWorld world = new OutboxWorld();
  private final FaultyOutbox faults = new FaultyOutbox(world.database);
  private final MongoOutboxStore other = world.with(faults);

  @AfterEach
  void close() {
    other.close();
    world.close();
  }

  /* Overtaking. */

  @Test
  void aScanThatSeesTheLaterRecordOnlyLetsItNotGo() {
    world.add("k", "one", "two");
    world.add("l", "free");
    faults.hide(TOPIC + "::one");

    assertThat(ids(claim(other, NOW))).containsExactly("free");
    assertThat(claim(other, NOW)).isEmpty();

    faults.showAll();
    assertThat(ids(claim(other, NOW))).containsExactly("one", "two");
  }

  @Test
  void soWithACallersOrder() {
    world.store.add(draft("one", "k").order(1), NOW);
    world.store.add(draft("two", "k").order(2), NOW);
    faults.hide(TOPIC + "::one");

    assertThat(claim(other, NOW)).isEmpty();

    faults.showAll();
    assertThat(ids(claim(other, NOW))).containsExactly("one", "two");
  }

  @Test
  void aPlaceThatNobodyHasHoldsUpNothingInTheOrderOfCommit() {
    world.add("k", "one");
    new OutboxDatabase(
            TestMongo.client(), world.database, MongoNames.defaults(), Duration.ofSeconds(10))
        .nextPlace(TOPIC + "::k");
    world.add("k", "three");

    List<OutboxClaim> claims = claim(other, NOW);

    assertThat(ids(claims)).containsExactly("one", "three");
    assertThat(claims.get(1).record().seq()).isEqualTo(3);
  }

  @Test
  void aRecordThatWasSentBeforeACrashGoesAgainAndLetsTheNextGo() {
    world.store.add(draft("one", "k").order(1), NOW);
    List<OutboxClaim> claims = claim(other, NOW);
    world.publish(claims);
    faults.dieAfter(1);
    assertThat(fails(() -> sent(other, claims, NOW))).isTrue();
    world.store.add(draft("two", "k").order(2), NOW);

    assertThat(claim(world.store, NOW)).isEmpty();
    world.drain(world.store, NOW + LEASE.toMillis());

    assertThat(world.published().get("k")).containsExactly("one", "two");
    assertThat(world.store.counts().sent()).isEqualTo(2);
  }

  private static boolean fails(Runnable call) {
    try {
      call.run();
      return false;
    } catch (StoreUnavailableException e) {
      return true;
    }
  }

  @Test
  void twoRecordsWithOnePlaceBothGo() {
    world.store.add(draft("one", "k").order(1), NOW);
    world.store.add(draft("uno", "k").order(1), NOW);
    world.store.add(draft("two", "k").order(2), NOW);

    assertThat(ids(claim(other, NOW)))
        .containsExactlyInAnyOrder("one", "uno", "two")
        .endsWith("two");
  }

  @Test
  void anErrorHoldsWhatHasItsPlaceOrALaterOne() {
    world.store.add(draft("one", "k").order(1), NOW);
    world.store.settle(
        List.of(new OutboxOutcome.Failed(claim(world.store, NOW).get(0), "boom")), NOW);
    world.store.add(draft("a-one", "k").order(1), NOW);
    world.store.add(draft("two", "k").order(2), NOW);

    assertThat(claim(other, NOW)).isEmpty();
    assertThat(world.store.requeue(TOPIC, "one", NOW)).isTrue();
    assertThat(ids(claim(other, NOW))).containsExactly("a-one", "one", "two");
  }

  @Test
  void aPlaceThatWasSentIsRefusedButForItsRecord() {
    world.store.add(draft("one", "k").order(1), NOW);
    sent(world.store, claim(world.store, NOW), NOW);

    assertThat(world.store.add(draft("one", "k").order(1), NOW)).isFalse();
    assertThatThrownBy(() -> world.store.add(draft("uno", "k").order(1), NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("order 1 of key k on " + TOPIC + " was sent already");
  }

  @Test
  void keysThatReadTheSameWithTheirTopicsAreTwo() {
    world.add("b::k", "one");
    world.add("k", "two", "three");

    assertThat(ids(claim(other, NOW))).containsExactlyInAnyOrder("one", "two", "three");
  }

  @Test
  void aRecordThatAClockHasAddedBeforeItsPredecessorsDoesNotHideThem() {
    world.store.add(draft("one", "k"), NOW + HOUR);
    for (int i = 2; i <= 40; i++) {
      world.store.add(draft("k" + i, "k"), NOW);
    }

    List<String> found = new ArrayList<>();
    for (int i = 0; i < 100 && found.size() < 40; i++) {
      List<OutboxClaim> claims = other.claim("test", 10, LEASE, NOW + 2 * HOUR);
      found.addAll(ids(claims));
      sent(other, claims, NOW + 2 * HOUR);
    }

    assertThat(found).hasSize(40).startsWith("one", "k2", "k3").endsWith("k40");
  }

  /* Records that come faster than they go. */

  @Test
  void aRetryGoesBetweenFreshRecordsThatNeverEnd() {
    world.add("k", "again");
    OutboxClaim again = claim(other, NOW).get(0);
    other.settle(List.of(new OutboxOutcome.Retry(again, NOW + 1, "boom")), NOW);

    assertThat(claimedUnderLoad("k")).contains("again");
  }

  @Test
  void whatACrashLeftGoesBetweenFreshRecordsThatNeverEnd() {
    world.add("k", "left");
    claim(world.store, NOW - LEASE.toMillis());

    assertThat(claimedUnderLoad("k")).contains("left");
  }

  @Test
  void aKeyThatIsOldGoesBetweenRecordsOfKeysThatBegin() {
    world.addMany("k", 100, 1);
    world.drain(other, NOW);
    world.store.add(draft("old", "k"), NOW);

    assertThat(claimedUnderLoad("k")).contains("old");
  }

  /** What is claimed while each claim's worth of records without a key comes to that key's slot. */
  private List<String> claimedUnderLoad(String key) {
    int slot = OutboxDocuments.slot(TOPIC, key, "");
    List<String> found = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < 6; i++) {
      for (int added = 0; added < 10; next++) {
        if (OutboxDocuments.slot(TOPIC, null, "n" + next) == slot) {
          world.store.add(draft("n" + next, null), NOW + 1 + i);
          added++;
        }
      }
      List<OutboxClaim> claims = other.claim("test", 5, LEASE, NOW + 10 + i);
      found.addAll(ids(claims));
      sent(other, claims, NOW + 10 + i);
    }
    return found;
  }

  /* Paused and skewed drainers. */

  @Test
  void aDrainerThatWasPausedInMidBatchPublishesNothingTwiceAndMarksNothing() {
    world.add("k", "one", "two", "three");
    world.add(null, "loose");
    List<OutboxClaim> stale = claim(other, NOW);
    world.publish(stale.subList(0, 2));

    long later = NOW + LEASE.toMillis();
    world.drain(world.store, later);
    world.add("k", "four");
    world.drain(world.store, later);
    world.publish(stale.subList(2, 4));

    assertThat(sent(other, stale, later)).containsExactlyInAnyOrderElementsOf(stale);
    assertThat(world.published().get("k")).containsExactly("one", "two", "three", "four");
    assertThat(world.published().get("")).containsExactly("loose");
    assertThat(world.store.counts().sent()).isEqualTo(5);
  }

  @Test
  void marksWhoseAnswerWasLostStandAndMayBeRepeated() {
    world.add("k", "one", "two");
    world.add(null, "loose", "failed");
    List<OutboxOutcome> outcomes = new ArrayList<>();
    for (OutboxClaim claim : claim(other, NOW)) {
      outcomes.add(
          switch (claim.record().id()) {
            case "failed" -> new OutboxOutcome.Failed(claim, "boom");
            case "two" -> new OutboxOutcome.HandedBack(claim, NOW + 5);
            default -> new OutboxOutcome.Sent(claim);
          });
    }
    faults.loseAnswerAfter(0);
    assertThat(fails(() -> other.settle(outcomes, NOW))).isTrue();

    assertThat(world.store.settle(outcomes, NOW)).isEmpty();

    assertThat(world.store.counts()).isEqualTo(new OutboxCounts(1, 0, 2, 1, OptionalLong.of(NOW)));
    assertThat(world.store.list(OutboxStatus.ERROR, null, 9).get(0).attempts()).isEqualTo(1);
    assertThat(ids(claim(world.store, NOW + 5))).containsExactly("two");
  }

  @Test
  void aClaimWhoseAnswerWasLostIsTakenOverWhenItsLeaseEnds() {
    world.add("k", "one", "two");
    faults.before("records were not claimed", () -> faults.loseAnswerAfter(0));
    assertThat(fails(() -> claim(other, NOW))).isTrue();

    assertThat(claim(world.store, NOW + LEASE.toMillis() - 1)).isEmpty();
    assertThat(ids(claim(world.store, NOW + LEASE.toMillis()))).containsExactly("one", "two");
  }

  @Test
  void whatWasDroppedSinceItWasFoundGoesOnlyAsDropped() {
    world.add(null, "one");
    faults.before(
        "records were not claimed",
        () -> {
          world.store.settle(
              List.of(new OutboxOutcome.Failed(claim(world.store, NOW).get(0), "boom")), NOW);
          world.store.drop(TOPIC, "one", NOW);
        });

    List<OutboxClaim> claims = claim(other, NOW);

    assertThat(ids(claims)).containsExactly("one");
    assertThat(claims.get(0).record().dropped()).isTrue();
    assertThat(claims.get(0).record().payload().isNull()).isTrue();
  }

  @Test
  void aClockThatIsAheadTakesRecordsOverAndOvertakesNothing() {
    world.add("k", "one", "two");
    List<OutboxClaim> mine = claim(world.store, NOW);

    List<OutboxClaim> taken = claim(other, NOW + HOUR);
    assertThat(ids(taken)).containsExactly("one", "two");
    world.publish(taken);
    world.publish(mine);
    sent(other, taken, NOW + HOUR);

    assertThat(sent(world.store, mine, NOW)).hasSize(2);
    assertThat(world.published().get("k")).containsExactly("one", "two");
  }

  @Test
  void aClockThatIsBehindFindsWhatIsFreshAndWaitsBehindWhatOthersHave() {
    world.add("k", "one");
    List<OutboxClaim> mine = claim(world.store, NOW);
    world.add("k", "two");
    world.add(null, "loose");

    assertThat(ids(claim(other, NOW - HOUR))).containsExactly("loose");
    sent(world.store, mine, NOW);
    assertThat(ids(claim(other, NOW - HOUR))).containsExactly("two");
  }

  /* Sleeping too long. */

  @Test
  void whatWasParkedAfterItsBlockerWasSentIsWokenByWhoParkedIt() {
    world.add("k", "one", "two");
    List<OutboxClaim> one = world.store.claim("test", 1, LEASE, NOW);
    faults.before("records that are held back", () -> sent(world.store, one, NOW));

    List<OutboxClaim> claims = claim(other, NOW);

    assertThat(faults.made()).anyMatch(call -> call.startsWith("records that may go out"));
    assertThat(ids(claims)).containsExactly("two");
  }

  @Test
  void whatWasParkedBeforeItsBlockerWasMarkedIsWokenByTheSender() {
    world.add("k", "one", "two");
    List<OutboxClaim> one = world.store.claim("test", 1, LEASE, NOW);
    faults.before("what holds records back", () -> sent(world.store, one, NOW));

    assertThat(ids(claim(other, NOW))).containsExactly("two");
  }

  @Test
  void whatWasParkedAsTheOperatorFreedItsBlockerIsWokenWhenThatIsSent() {
    world.add("k", "one", "two");
    world.store.settle(
        List.of(new OutboxOutcome.Failed(world.store.claim("test", 1, LEASE, NOW).get(0), "boom")),
        NOW);
    faults.before("records that are held back", () -> world.store.requeue(TOPIC, "one", NOW));
    faults.hide(TOPIC + "::one");
    assertThat(claim(other, NOW)).isEmpty();

    List<OutboxClaim> one = claim(world.store, NOW);
    assertThat(ids(one)).containsExactly("one");
    sent(world.store, one, NOW);

    assertThat(ids(claim(other, NOW))).containsExactly("two");
  }

  @Test
  void aWakeUpLeavesBackOffsAlone() {
    world.add("k", "one", "two", "three");
    List<OutboxClaim> both = world.store.claim("test", 2, LEASE, NOW);
    assertThat(claim(other, NOW)).isEmpty();

    world.store.settle(
        List.of(
            new OutboxOutcome.Sent(both.get(0)),
            new OutboxOutcome.Retry(both.get(1), NOW + 1000, "boom")),
        NOW);

    assertThat(claim(other, NOW + 999)).isEmpty();
    assertThat(ids(claim(other, NOW + 1000))).containsExactly("two", "three");
  }

  @Test
  void withoutAnyWakeUpWhatIsParkedComesByItself() {
    world.add("k", "one", "two");
    List<OutboxClaim> one = world.store.claim("test", 1, LEASE, NOW);
    assertThat(claim(other, NOW)).isEmpty();
    world.documents("outbox").deleteOne(new Document("id", "one"));

    assertThat(claim(other, NOW)).isEmpty();
    assertThat(ids(claim(other, NOW + OutboxParking.BEHIND_CLAIM.toMillis())))
        .containsExactly("two");
    assertThat(sent(world.store, one, NOW)).hasSize(1);
  }

  @Test
  void whoWaitsBehindALongClaimLooksLessOften() {
    world.add("k", "one", "two", "three");
    world.store.claim("test", 1, LEASE, NOW);

    long now = NOW;
    int looks = 0;
    while (now < NOW + LEASE.toMillis()) {
      faults.made().clear();
      assertThat(claim(other, now)).isEmpty();
      looks += faults.made().size() > 2 ? 1 : 0;
      now += 250;
    }

    assertThat(looks).isLessThan(12);
    assertThat(ids(claim(other, now))).containsExactly("one", "two", "three");
  }

  @Test
  void whoWaitsBehindAGapIsWokenByWhatComesBeforeIt() {
    world.store.add(draft("three", "k").order(3), NOW);
    world.store.add(draft("one", "k").order(1), NOW);
    List<OutboxClaim> one = claim(other, NOW);
    assertThat(ids(one)).containsExactly("one");
    sent(other, one, NOW);
    assertThat(claim(other, NOW)).isEmpty();

    // As in a transaction, after which nobody wakes.
    world.insert(List.of(OutboxDocuments.encode(draft("two", "k").order(2), NOW).at(2)));
    List<OutboxClaim> two = claim(other, NOW);
    assertThat(ids(two)).containsExactly("two");
    sent(other, two, NOW);

    assertThat(ids(claim(other, NOW))).containsExactly("three");
  }

  @Test
  void whoWasParkedAfterHisGapWasSentIsWokenByWhoParkedHim() {
    world.store.add(draft("one", "k").order(1), NOW);
    List<OutboxClaim> one = claim(world.store, NOW);
    world.store.add(draft("two", "k").order(2), NOW);
    // It has read how far the key was sent, and not yet who is unsent.
    faults.before("the order of claimed", () -> sent(world.store, one, NOW));
    assertThat(claim(other, NOW)).extracting(each -> each.record().id()).containsExactly("two");
  }

  @Test
  void manyBlockedRecordsOfAnErrorKeyHoldNobodyUp() {
    boolean full = TestMongo.isReal() && Boolean.getBoolean("prom.cluster.full");
    int blocked = full ? 10_000 : TestMongo.isReal() ? 2_000 : 300;
    world.addMany("k", blocked, 1);
    List<OutboxClaim> first = new ArrayList<>(world.store.claim("test", 1, LEASE, NOW));
    world.store.settle(List.of(new OutboxOutcome.Failed(first.get(0), "boom")), NOW);
    for (int i = 0; i < 20; i++) {
      world.add("free" + i, "free" + i);
      world.add(null, "loose" + i);
    }

    assertThat(world.drain(other, NOW)).isLessThan(8);
    assertThat(world.published()).doesNotContainKey("k").hasSize(21);
    assertThat(claim(other, NOW + 1000)).isEmpty();

    assertThat(world.store.requeue(TOPIC, "k-1", NOW)).isTrue();
    for (int batch = 0; batch < 3; batch++) {
      List<OutboxClaim> claims = claim(other, NOW);
      assertThat(claims).hasSize(100);
      world.publish(claims);
      sent(other, claims, NOW);
    }
    List<String> published = world.published().get("k");
    assertThat(published).startsWith("k-1", "k-2", "k-3").endsWith("k-299", "k-300");
  }
}
