package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxCounts;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxOutcome.Failed;
import io.promlib.outbox.OutboxOutcome.HandedBack;
import io.promlib.outbox.OutboxOutcome.Retry;
import io.promlib.outbox.OutboxOutcome.Sent;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.outbox.OutboxStore;
import io.promlib.store.EventStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link OutboxStore} promises. A store's own test extends this class; each test gets a
 * store of its own that is empty, and closes it. A claim that answers nothing means that there was
 * nothing to claim.
 */
@Timeout(300)
public abstract class OutboxStoreContract {
  protected static final String TOPIC = "orders.placed";
  protected static final long NOW = 1_700_000_000_000L;
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final long LEASE_MS = LEASE.toMillis();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final List<OutboxStore> opened = new ArrayList<>();
  private OutboxStore store;
  private int made;

  /** An empty store. */
  protected abstract OutboxStore open() throws Exception;

  /**
   * Another instance over the data of the one opened before, as another process has it; that one
   * itself, where there is no other way to the data.
   */
  protected abstract OutboxStore openAgain() throws Exception;

  @BeforeEach
  final void openStore() throws Exception {
    store = open();
    opened.add(store);
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(OutboxStore::close);
  }

  /* Adding. */

  @Test
  void aRecordComesBackAsItWasAdded() {
    EventMeta meta =
        new EventMeta(
            "käse.$",
            Map.of("traceparent", "00-1", "$a.b", "ü"),
            List.of("a", "b"),
            List.of("cause-1", "cause-2"),
            "session");
    OutboxDraft draft =
        new OutboxDraft(TOPIC, "order::7", 42, Payload.json("{\"\":1e400,\"$a.b\":-0.0}"), meta, 0);

    store.add(draft, NOW);

    OutboxClaim claim = claim(10, NOW).get(0);
    OutboxRecord listed = list(OutboxStatus.CLAIMED).get(0);
    for (OutboxRecord record : List.of(claim.record(), listed)) {
      assertThat(record.topic()).isEqualTo(TOPIC);
      assertThat(record.id()).isEqualTo("order::7");
      assertThat(record.ts()).isEqualTo(42);
      assertThat(record.meta()).isEqualTo(meta);
      assertThat(record.payload().bytes()).isEqualTo(draft.payload().bytes());
      assertThat(record.seq()).isEqualTo(1);
      assertThat(record.ordered()).isFalse();
      assertThat(record.dropped()).isFalse();
      assertThat(record.attempts()).isZero();
      assertThat(record.lastError()).isNull();
    }
  }

  @Test
  void everyJsonComesBackToTheByte() {
    List<String> values =
        List.of(
            "0",
            "-0.0",
            "\"\"",
            "[]",
            "{}",
            "true",
            "123456789012345678901234567890",
            "0.10000000000000000000000000000000000000001",
            "{\"a\":null,\"a.b\":{\"$c\":[1.0,1e2]}}",
            "\"\\u0000 \ud83d\ude00\"");
    for (String json : values) {
      store.add(new OutboxDraft(TOPIC, nextId(), NOW, Payload.json(json), EventMeta.NONE, 0), NOW);
    }

    assertThat(claimAll(NOW))
        .extracting(claim -> Payload.json(claim.record().payload().bytes()).tree())
        .containsExactlyInAnyOrderElementsOf(
            values.stream().map(json -> Payload.json(json).tree()).toList());
  }

  @Test
  void aTombstoneComesBackAsOne() {
    store.add(new OutboxDraft(TOPIC, "gone", NOW, Payload.NULL, keyed("k"), 0), NOW);

    assertThat(claim(10, NOW).get(0).record().payload().isNull()).isTrue();
  }

  @Test
  void aRecordOfATopicAndIdThatIsThereStays() {
    assertThat(store.add(draft("one", "k"), NOW)).isTrue();
    OutboxDraft other =
        new OutboxDraft(TOPIC, "one", 5, Payload.json("\"other\""), EventMeta.NONE, 0);

    assertThat(store.add(other, NOW)).isFalse();

    OutboxRecord record = claim(10, NOW).get(0).record();
    assertThat(record.meta().key()).isEqualTo("k");
    assertThat(record.ts()).isEqualTo(NOW);
    assertThat(store.add(draft("one", "k"), NOW)).isFalse();
    assertThat(claim(10, NOW)).isEmpty();
  }

  @Test
  void aRecordThatWasSentIsNotAddedAgainWhileItIsKept() {
    add("one", "k");
    settleAllSent(NOW);

    assertThat(store.add(draft("one", "k"), NOW)).isFalse();
    assertThat(claim(10, NOW)).isEmpty();
  }

  @Test
  void oneIdOnTwoTopicsIsTwoRecords() {
    add("one", null);

    assertThat(
            store.add(new OutboxDraft("other", "one", NOW, Payload.NULL, EventMeta.NONE, 0), NOW))
        .isTrue();
    assertThat(claimAll(NOW)).hasSize(2);
  }

  @Test
  void topicAndIdThatReadTheSameTogetherAreTwoRecords() {
    store.add(new OutboxDraft("a", "b::c", NOW, Payload.NULL, EventMeta.NONE, 0), NOW);

    assertThat(store.add(new OutboxDraft("a.b", "c", NOW, Payload.NULL, EventMeta.NONE, 0), NOW))
        .isTrue();
    assertThat(claimAll(NOW)).hasSize(2);
  }

  @Test
  void aFreshRecordIsDueAtOnceWhateverTheClockOfItsAdder() {
    long ahead = NOW + Duration.ofDays(1).toMillis();
    store.add(draft("ahead", "k"), ahead);
    store.add(draft("behind", "k"), NOW - Duration.ofDays(1).toMillis());
    store.add(draft("loose", null), ahead);

    assertThat(ids(claimAll(NOW))).containsExactlyInAnyOrder("ahead", "behind", "loose");
  }

  /* Order by key. */

  @Test
  void recordsOfAKeyAreClaimedInTheOrderOfAdding() {
    for (int i = 9; i > 0; i--) {
      add("r" + i, "k");
    }

    List<OutboxClaim> claims = sendAll(4);

    assertThat(ids(claims)).containsExactly("r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2", "r1");
    assertThat(claims)
        .extracting(claim -> claim.record().seq())
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void timesAndIdsAreNoOrder() {
    store.add(new OutboxDraft(TOPIC, "z", NOW + 9, Payload.NULL, keyed("k"), 0), NOW + 9);
    store.add(new OutboxDraft(TOPIC, "a", NOW - 9, Payload.NULL, keyed("k"), 0), NOW - 9);

    assertThat(ids(claim(10, NOW))).containsExactly("z", "a");
  }

  @Test
  void laterOnesOfAKeyGoWithTheEarlierOnesInOneAnswer() {
    add("one", "k");
    add("two", "k");
    add("three", "k");

    assertThat(ids(claim(10, NOW))).containsExactly("one", "two", "three");
  }

  @Test
  void whatIsBehindARecordThatAnotherHasIsNotGiven() {
    add("one", "k");
    add("two", "k");
    OutboxClaim one = claim(1, NOW).get(0);

    assertThat(one.record().id()).isEqualTo("one");
    assertThat(claim(10, NOW)).isEmpty();

    settle(new Sent(one));
    assertThat(ids(claim(10, NOW))).containsExactly("two");
  }

  @Test
  void whatIsBehindARecordInBackOffIsNotGiven() {
    add("one", "k");
    add("two", "k");
    settle(new Retry(claim(1, NOW).get(0), NOW + 500, "boom"));

    assertThat(claim(10, NOW + 499)).isEmpty();
    assertThat(ids(claim(10, NOW + 500))).containsExactly("one", "two");
  }

  @Test
  void whatIsBehindARecordInErrorIsNotGiven() {
    add("one", "k");
    add("two", "k");
    settle(new Failed(claim(1, NOW).get(0), "boom"));

    assertThat(claim(10, NOW)).isEmpty();
    assertThat(claim(10, NOW + Duration.ofDays(9).toMillis())).isEmpty();
  }

  @Test
  void otherKeysAndTopicsAreNotHeldUp() {
    add("one", "k");
    add("two", "k");
    settle(new Failed(claim(1, NOW).get(0), "boom"));
    add("other key", "l");
    add("loose", null);
    store.add(new OutboxDraft("other", "topic", NOW, Payload.NULL, keyed("k"), 0), NOW);

    assertThat(ids(claimAll(NOW))).containsExactlyInAnyOrder("other-key", "loose", "topic");
  }

  @Test
  void manyRecordsThatAreHeldBackDoNotHideOthers() {
    for (int i = 0; i < 300; i++) {
      add("blocked" + i, "k");
    }
    settle(new Failed(claim(1, NOW).get(0), "boom"));
    add("free", "l");
    add("loose", null);

    List<OutboxClaim> first = claim(10, NOW);

    assertThat(first).isNotEmpty();
    assertThat(ids(both(first, claimAll(10, NOW)))).containsExactlyInAnyOrder("free", "loose");
  }

  @Test
  void manyRecordsInBackOffDoNotHideOthers() {
    for (int i = 0; i < 300; i++) {
      add("later" + i, i % 2 == 0 ? null : "k" + i);
    }
    settle(claimAll(NOW), claim -> new Retry(claim, NOW + 1000, "boom"));
    add("free", null);

    assertThat(ids(claimAll(10, NOW + 999))).containsExactly("free");
    assertThat(claimAll(NOW + 1000)).hasSize(300);
  }

  @Test
  void recordsWithoutAKeyHaveNoOrder() {
    add("one", null);
    add("two", null);
    List<OutboxClaim> claims = claimAll(NOW);
    settle(
        claims,
        claim ->
            claim.record().id().equals("one")
                ? new Failed(claim, "boom")
                : new Retry(claim, 0, "x"));

    assertThat(claims).extracting(claim -> claim.record().seq()).containsOnly(0L);
    assertThat(ids(claim(10, NOW))).containsExactly("two");
  }

  @Test
  void noClaimGivesMoreThanAskedFor() {
    for (int i = 0; i < 25; i++) {
      add("r" + i, i % 2 == 0 ? null : "k" + i);
    }

    List<OutboxClaim> first = claim(10, NOW);

    assertThat(first).isNotEmpty().hasSizeLessThanOrEqualTo(10);
    assertThat(first.size() + claimAll(10, NOW).size()).isEqualTo(25);
  }

  /* An order that the caller gives. */

  @Test
  void aGivenOrderWaitsForWhatIsMissing() {
    ordered("three", "k", 3);
    ordered("two", "k", 2);

    assertThat(claim(10, NOW)).isEmpty();

    ordered("one", "k", 1);
    List<OutboxClaim> claims = claim(10, NOW);
    assertThat(ids(claims)).containsExactly("one", "two", "three");
    assertThat(claims).extracting(claim -> claim.record().seq()).containsExactly(1L, 2L, 3L);
    assertThat(claims).allMatch(claim -> claim.record().ordered());
  }

  @Test
  void aGivenOrderGoesOnBehindTheLastSentOne() {
    ordered("one", "k", 1);
    ordered("two", "k", 2);
    settleAllSent(NOW);
    store.removeSent(NOW + 1, 100);
    ordered("four", "k", 4);

    assertThat(claim(10, NOW)).isEmpty();

    ordered("three", "k", 3);
    assertThat(ids(claim(10, NOW))).containsExactly("three", "four");
  }

  @Test
  void aGivenOrderStopsAtItsGap() {
    ordered("one", "k", 1);
    ordered("three", "k", 3);

    assertThat(ids(claim(10, NOW))).containsExactly("one");
    assertThat(claim(10, NOW)).isEmpty();
  }

  @Test
  void theNextOfAGivenOrderWaitsForTheOneThatAnotherHas() {
    ordered("one", "k", 1);
    ordered("two", "k", 2);
    OutboxClaim one = claim(1, NOW).get(0);

    assertThat(claim(10, NOW)).isEmpty();

    settle(new Sent(one));
    assertThat(ids(claim(10, NOW))).containsExactly("two");
  }

  @Test
  void droppingARecordOfAGivenOrderLetsTheNextGo() {
    ordered("one", "k", 1);
    ordered("two", "k", 2);
    settle(new Failed(claim(1, NOW).get(0), "boom"));
    assertThat(claim(10, NOW)).isEmpty();

    assertThat(store.drop(TOPIC, "one", NOW)).isTrue();

    settleAllSent(NOW);
    ordered("three", "k", 3);
    assertThat(ids(claim(10, NOW))).containsExactly("three");
  }

  /* Leases. */

  @Test
  void aClaimedRecordIsHiddenUntilItsLeaseEnds() {
    add("one", null);
    OutboxClaim first = claim(10, NOW).get(0);

    assertThat(claim(10, NOW + LEASE_MS - 1)).isEmpty();

    OutboxClaim second = claim(10, NOW + LEASE_MS).get(0);
    assertThat(second.record().id()).isEqualTo("one");
    assertThat(second.record().attempts()).isZero();
    assertThat(second.token()).isNotEqualTo(first.token());
  }

  @Test
  void aClaimThatWasTakenOverChangesNothingMore() {
    add("one", "k");
    add("two", "k");
    List<OutboxClaim> stale = claim(10, NOW);
    List<OutboxClaim> live = claim(10, NOW + LEASE_MS);
    OutboxClaim first = stale.get(0);

    assertThat(store.renew(stale, LEASE, NOW + LEASE_MS))
        .containsExactlyInAnyOrderElementsOf(stale);
    for (OutboxOutcome outcome :
        List.of(
            new Sent(first),
            new Retry(first, 0, "stale"),
            new Failed(first, "stale"),
            new HandedBack(first, 0))) {
      assertThat(store.settle(List.of(outcome), NOW + LEASE_MS)).containsExactly(first);
    }

    assertThat(list(OutboxStatus.CLAIMED)).hasSize(2).allMatch(r -> r.lastError() == null);
    assertThat(claim(10, NOW + LEASE_MS)).isEmpty();
    assertThat(store.settle(live.stream().<OutboxOutcome>map(Sent::new).toList(), NOW + LEASE_MS))
        .isEmpty();
    assertThat(store.counts().sent()).isEqualTo(2);
  }

  @Test
  void onlyWhatWasLostIsAnsweredTheRestIsDone() {
    add("lost", null);
    add("kept", null);
    List<OutboxClaim> claims = claimAll(NOW);
    OutboxClaim lost = named(claims, "lost");
    OutboxClaim kept = named(claims, "kept");
    store.renew(List.of(kept), LEASE, NOW + LEASE_MS / 2);
    assertThat(ids(claim(10, NOW + LEASE_MS))).containsExactly("lost");

    assertThat(store.renew(List.of(lost, kept), LEASE, NOW + LEASE_MS)).containsExactly(lost);
    assertThat(store.settle(List.of(new Sent(lost), new Sent(kept)), NOW + LEASE_MS))
        .containsExactly(lost);
    assertThat(list(OutboxStatus.SENT)).extracting(OutboxRecord::id).containsExactly("kept");
  }

  @Test
  void anExpiredLeaseThatNobodyTookStillSettlesAndRenews() {
    add("one", null);
    add("two", null);
    List<OutboxClaim> claims = claimAll(NOW);
    long late = NOW + 10 * LEASE_MS;

    assertThat(store.settle(List.of(new Sent(claims.get(0))), late)).isEmpty();
    assertThat(store.renew(List.of(claims.get(1)), LEASE, late)).isEmpty();
    assertThat(claim(10, late + LEASE_MS - 1)).isEmpty();
    assertThat(store.settle(List.of(new Sent(claims.get(1))), late)).isEmpty();
  }

  @Test
  void aRenewedLeaseEndsThatMuchLater() {
    add("one", null);
    OutboxClaim claim = claim(10, NOW).get(0);

    assertThat(store.renew(List.of(claim), LEASE, NOW + 20_000)).isEmpty();

    assertThat(claim(10, NOW + 20_000 + LEASE_MS - 1)).isEmpty();
    assertThat(claim(10, NOW + 20_000 + LEASE_MS)).hasSize(1);
  }

  @Test
  void aKeyWhoseLeaseEndedIsTakenOverFromItsFirstUnsentRecord() {
    add("one", "k");
    add("two", "k");
    add("three", "k");
    List<OutboxClaim> stale = claim(2, NOW);
    settle(new Sent(stale.get(0)));

    assertThat(claim(10, NOW + LEASE_MS - 1)).isEmpty();
    assertThat(ids(claim(10, NOW + LEASE_MS))).containsExactly("two", "three");
  }

  @Test
  void nothingToSettleOrRenewChangesNothing() {
    assertThat(store.settle(List.of(), NOW)).isEmpty();
    assertThat(store.renew(List.of(), LEASE, NOW)).isEmpty();
    assertThat(claim(10, NOW)).isEmpty();
  }

  /* What becomes of a claim. */

  @Test
  void aSentRecordIsNotGivenAgain() {
    add("one", "k");
    settleAllSent(NOW);

    assertThat(claim(10, NOW + 10 * LEASE_MS)).isEmpty();
    assertThat(list(OutboxStatus.SENT)).extracting(OutboxRecord::id).containsExactly("one");
  }

  @Test
  void aRetryCountsAndWaitsUntilItIsDue() {
    add("one", null);
    settle(new Retry(claim(10, NOW).get(0), NOW + 500, "first"));
    settle(new Retry(claim(10, NOW + 500).get(0), NOW + 900, "second \ud83d\ude00"));

    assertThat(claim(10, NOW + 899)).isEmpty();
    OutboxRecord waiting = list(OutboxStatus.PENDING).get(0);
    assertThat(waiting.due()).isEqualTo(NOW + 900);
    OutboxRecord record = claim(10, NOW + 900).get(0).record();
    assertThat(record.attempts()).isEqualTo(2);
    assertThat(record.lastError()).isEqualTo("second \ud83d\ude00");
  }

  @Test
  void aRecordThatIsHandedBackIsUncounted() {
    add("one", null);
    settle(new HandedBack(claim(10, NOW).get(0), NOW + 500));

    assertThat(claim(10, NOW + 499)).isEmpty();
    OutboxRecord record = claim(10, NOW + 500).get(0).record();
    assertThat(record.attempts()).isZero();
    assertThat(record.lastError()).isNull();
  }

  @Test
  void aFailedRecordRestsAsError() {
    add("one", null);
    settle(new Retry(claim(10, NOW).get(0), NOW, "first"));
    settle(new Failed(claim(10, NOW).get(0), "last"));

    OutboxRecord record = list(OutboxStatus.ERROR).get(0);
    assertThat(record.status()).isEqualTo(OutboxStatus.ERROR);
    assertThat(record.attempts()).isEqualTo(2);
    assertThat(record.lastError()).isEqualTo("last");
    assertThat(claim(10, NOW + 100 * LEASE_MS)).isEmpty();
  }

  @Test
  void manyOutcomesAreWrittenTogether() {
    add("sent", null);
    add("retry", null);
    add("failed", null);
    add("back", null);

    settle(
        claimAll(NOW),
        claim ->
            switch (claim.record().id()) {
              case "sent" -> new Sent(claim);
              case "retry" -> new Retry(claim, NOW + 5, "r");
              case "failed" -> new Failed(claim, "f");
              default -> new HandedBack(claim, NOW);
            });

    assertThat(list(OutboxStatus.SENT)).extracting(OutboxRecord::id).containsExactly("sent");
    assertThat(list(OutboxStatus.ERROR)).extracting(OutboxRecord::id).containsExactly("failed");
    assertThat(ids(claim(10, NOW))).containsExactly("back");
    assertThat(ids(claim(10, NOW + 5))).containsExactly("retry");
  }

  /* What an operator does. */

  @Test
  void aRequeuedRecordIsTriedAgainFromZeroAndItsKeyFollows() {
    add("one", "k");
    add("two", "k");
    settle(new Retry(claim(1, NOW).get(0), NOW, "first"));
    settle(new Failed(claim(1, NOW).get(0), "boom"));

    assertThat(store.requeue(TOPIC, "one", NOW)).isTrue();

    List<OutboxClaim> claims = claim(10, NOW);
    assertThat(ids(claims)).containsExactly("one", "two");
    assertThat(claims.get(0).record().attempts()).isZero();
    assertThat(claims.get(0).record().dropped()).isFalse();
  }

  @Test
  void aDroppedRecordIsClaimedToBeMarkedAndItsKeyFollows() {
    add("one", "k");
    add("two", "k");
    settle(new Failed(claim(1, NOW).get(0), "boom"));

    assertThat(store.drop(TOPIC, "one", NOW)).isTrue();

    List<OutboxClaim> claims = claim(10, NOW);
    assertThat(ids(claims)).containsExactly("one", "two");
    assertThat(claims).extracting(claim -> claim.record().dropped()).containsExactly(true, false);
    settle(claims, Sent::new);
    assertThat(store.counts()).isEqualTo(new OutboxCounts(0, 0, 2, 0, OptionalLong.empty()));
    assertThat(claim(10, NOW + 10 * LEASE_MS)).isEmpty();
  }

  @Test
  void onlyARecordInErrorIsRequeuedOrDropped() {
    add("pending", null);
    add("claimed", null);
    add("sent", null);
    List<OutboxClaim> claims = claimAll(NOW);
    settle(new Sent(named(claims, "sent")));
    settle(new HandedBack(named(claims, "pending"), NOW + 500));

    for (String id : List.of("pending", "claimed", "sent", "unknown")) {
      assertThat(store.requeue(TOPIC, id, NOW)).isFalse();
      assertThat(store.drop(TOPIC, id, NOW)).isFalse();
    }
    assertThat(store.requeue("other", "sent", NOW)).isFalse();
    assertThat(claim(10, NOW)).isEmpty();
    assertThat(store.counts()).isEqualTo(new OutboxCounts(1, 1, 1, 0, OptionalLong.of(NOW)));
  }

  @Test
  void recordsAreCountedByWhereTheyStand() {
    assertThat(store.counts()).isEqualTo(new OutboxCounts(0, 0, 0, 0, OptionalLong.empty()));
    for (int i = 0; i < 10; i++) {
      store.add(new OutboxDraft(TOPIC, "r" + i, NOW - i, Payload.NULL, EventMeta.NONE, 0), NOW);
    }
    assertThat(store.counts()).isEqualTo(new OutboxCounts(10, 0, 0, 0, OptionalLong.of(NOW - 9)));

    List<OutboxClaim> claims = claimAll(NOW);
    for (int i = 3; i < 10; i++) {
      OutboxClaim claim = named(claims, "r" + i);
      settle(
          i == 9
              ? new Failed(claim, "boom")
              : i == 8 ? new Retry(claim, NOW + 500, "boom") : new Sent(claim));
    }

    assertThat(store.counts()).isEqualTo(new OutboxCounts(1, 3, 5, 1, OptionalLong.of(NOW - 8)));
  }

  @Test
  void recordsAreListedPageByPage() {
    Set<String> added = new HashSet<>();
    for (int i = 0; i < 25; i++) {
      added.add(add("r" + i, i % 3 == 0 ? null : "k" + i % 3));
    }
    store.add(new OutboxDraft("a", "first", NOW, Payload.NULL, EventMeta.NONE, 0), NOW);
    added.add("first");

    List<String> seen = new ArrayList<>();
    List<OutboxRecord> page = store.list(OutboxStatus.PENDING, null, 7);
    while (!page.isEmpty()) {
      assertThat(page).hasSizeLessThanOrEqualTo(7);
      page.forEach(record -> seen.add(record.id()));
      page = store.list(OutboxStatus.PENDING, page.get(page.size() - 1), 7);
    }

    assertThat(seen).containsExactlyInAnyOrderElementsOf(added);
    assertThat(store.list(OutboxStatus.ERROR, null, 7)).isEmpty();
  }

  @Test
  void aListGoesOnBehindARecordThatMovedMeanwhile() {
    for (int i = 0; i < 6; i++) {
      add("r" + i, null);
    }
    List<OutboxRecord> page = store.list(OutboxStatus.PENDING, null, 3);
    OutboxRecord last = page.get(2);
    settle(new Sent(named(claimAll(NOW), last.id())));

    assertThat(store.list(OutboxStatus.CLAIMED, last, 10)).hasSize(3);
  }

  /* Cleaning up. */

  @Test
  void onlyWhatWasSentBeforeThatTimeIsRemoved() {
    add("old", null);
    settleAllSent(NOW);
    add("young", null);
    settleAllSent(NOW + 10);
    add("failed", null);
    settle(new Failed(claim(10, NOW).get(0), "boom"));
    add("claimed", null);
    claim(10, NOW);
    add("pending", null);

    assertThat(store.removeSent(NOW, 100)).isZero();
    assertThat(store.removeSent(NOW + 10, 100)).isEqualTo(1);

    assertThat(list(OutboxStatus.SENT)).extracting(OutboxRecord::id).containsExactly("young");
    assertThat(store.counts()).isEqualTo(new OutboxCounts(1, 1, 1, 1, OptionalLong.of(NOW)));
  }

  @Test
  void noMoreThanAskedForIsRemoved() {
    for (int i = 0; i < 25; i++) {
      add("r" + i, i % 2 == 0 ? null : "k");
    }
    settleAllSent(NOW);

    assertThat(store.removeSent(NOW + 1, 10)).isEqualTo(10);
    assertThat(store.counts().sent()).isEqualTo(15);
    assertThat(store.removeSent(NOW + 1, 100)).isEqualTo(15);
    assertThat(store.removeSent(NOW + 1, 100)).isZero();
  }

  @Test
  void aKeyGoesOnAfterItsRecordsWereRemoved() {
    add("one", "k");
    settleAllSent(NOW);
    assertThat(store.removeSent(NOW + 1, 10)).isEqualTo(1);
    add("two", "k");
    add("three", "k");

    assertThat(ids(claim(10, NOW))).containsExactly("two", "three");
  }

  @Test
  void aClaimOfARecordThatIsGoneIsLost() {
    add("one", null);
    OutboxClaim claim = claim(10, NOW).get(0);
    settle(new Sent(claim));
    store.removeSent(NOW + 1, 10);

    assertThat(store.settle(List.of(new Retry(claim, NOW, "late")), NOW)).containsExactly(claim);
    assertThat(claim(10, NOW)).isEmpty();
  }

  /* Signals. */

  @Test
  void anAddIsToldAtOnceUntilTheListenerIsClosed() {
    AtomicInteger heard = new AtomicInteger();
    AtomicInteger other = new AtomicInteger();
    EventStore.Registration registration = store.onAdd(heard::incrementAndGet);
    EventStore.Registration second = store.onAdd(other::incrementAndGet);

    add("one", null);
    assertThat(heard.get()).isPositive();

    registration.close();
    registration.close();
    int before = heard.get();
    add("two", null);
    assertThat(heard).hasValue(before);
    assertThat(other.get()).isGreaterThanOrEqualTo(2);
    second.close();
  }

  @Test
  void aListenerFindsWhatItHearsOf() {
    List<String> found = new CopyOnWriteArrayList<>();
    EventStore.Registration registration = store.onAdd(() -> found.addAll(ids(claim(10, NOW))));

    add("one", "k");

    assertThat(found).containsExactly("one");
    registration.close();
  }

  /* Several at once. */

  @Test
  void anotherInstanceSeesTheSameRecords() throws Exception {
    OutboxStore other = again();
    add("one", "k");
    OutboxClaim claim = other.claim("other", 10, LEASE, NOW).get(0);

    assertThat(claim(10, NOW)).isEmpty();
    assertThat(other.add(draft("one", "k"), NOW)).isFalse();
    assertThat(other.settle(List.of(new Sent(claim)), NOW)).isEmpty();
    assertThat(store.counts().sent()).isEqualTo(1);
  }

  @Test
  void noRecordIsClaimedTwiceByManyAtOnce() throws Exception {
    int records = 400;
    for (int i = 0; i < records; i++) {
      add("r" + i, i % 4 == 0 ? null : "k" + i % 20);
    }
    List<OutboxStore> stores = List.of(store, again());
    List<String> claimed = new CopyOnWriteArrayList<>();

    Threads.together(
        4,
        thread -> {
          OutboxStore mine = stores.get(thread % 2);
          List<OutboxClaim> claims = mine.claim("t" + thread, 7, LEASE, NOW);
          while (!claims.isEmpty()) {
            claimed.addAll(ids(claims));
            claims = mine.claim("t" + thread, 7, LEASE, NOW);
          }
        });
    claimed.addAll(ids(claimAll(NOW)));

    assertThat(claimed).doesNotHaveDuplicates();
    // A key whose claim was interleaved may wait for a lease to end; nobody has it twice.
    assertThat(claimed.size() + store.counts().pending()).isEqualTo(records);
  }

  @Test
  void manyAtOnceTakeEachKeyInItsOrderAndAllOfIt() throws Exception {
    int records = 400;
    for (int i = 0; i < records; i++) {
      add("r" + i, "k" + i % 10);
    }
    List<OutboxStore> stores = List.of(store, again());
    Map<String, List<Long>> taken = new ConcurrentHashMap<>();
    AtomicInteger settled = new AtomicInteger();

    assertTimeoutPreemptively(
        PATIENCE,
        () ->
            Threads.together(
                4,
                thread -> {
                  OutboxStore mine = stores.get(thread % 2);
                  while (settled.get() < records) {
                    List<OutboxClaim> claims = mine.claim("t" + thread, 7, LEASE, NOW);
                    for (OutboxClaim claim : claims) {
                      OutboxRecord record = claim.record();
                      taken
                          .computeIfAbsent(
                              String.valueOf(record.meta().key()),
                              k -> new CopyOnWriteArrayList<>())
                          .add(record.seq());
                    }
                    List<OutboxOutcome> sent =
                        claims.stream().<OutboxOutcome>map(Sent::new).toList();
                    assertThat(mine.settle(sent, NOW)).isEmpty();
                    settled.addAndGet(sent.size());
                  }
                }));

    assertThat(taken).hasSize(10);
    taken.values().forEach(seqs -> assertThat(seqs).isSorted().doesNotHaveDuplicates().hasSize(40));
  }

  @Test
  void ofManyThatAddOneIdOneAddsIt() throws Exception {
    List<OutboxStore> stores = List.of(store, again());
    for (int round = 0; round < 10; round++) {
      String id = "round" + round;
      AtomicInteger added = new AtomicInteger();
      Threads.together(
          4,
          thread -> {
            if (stores.get(thread % 2).add(draft(id, "k" + thread), NOW)) {
              added.incrementAndGet();
            }
          });
      assertThat(added).hasValue(1);
    }
    assertThat(claimAll(NOW)).hasSize(10);
  }

  @Test
  void manyThatAddToOneKeyGetPlacesOfTheirOwn() throws Exception {
    List<OutboxStore> stores = List.of(store, again());
    Threads.together(
        4,
        thread -> {
          for (int i = 0; i < 25; i++) {
            stores.get(thread % 2).add(draft("t" + thread + "-" + i, "k"), NOW);
          }
        });

    List<OutboxClaim> claims = sendAll(100);

    assertThat(claims).hasSize(100);
    assertThat(claims).extracting(claim -> claim.record().seq()).isSorted().doesNotHaveDuplicates();
    for (int thread = 0; thread < 4; thread++) {
      String mine = "t" + thread + "-";
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        expected.add(mine + i);
      }
      assertThat(ids(claims).stream().filter(id -> id.startsWith(mine)).toList())
          .isEqualTo(expected);
    }
  }

  /* Helpers. */

  private OutboxStore again() throws Exception {
    OutboxStore other = openAgain();
    opened.add(other);
    return other;
  }

  private String nextId() {
    return "made-" + made++;
  }

  private String add(String id, @Nullable String key) {
    OutboxDraft draft = draft(id.replace(' ', '-'), key);
    assertThat(store.add(draft, NOW)).isTrue();
    return draft.id();
  }

  private void ordered(String id, String key, long order) {
    assertThat(store.add(draft(id, key).order(order), NOW)).isTrue();
  }

  private static OutboxDraft draft(String id, @Nullable String key) {
    return new OutboxDraft(
        TOPIC,
        id,
        NOW,
        Payload.json("{\"id\":\"" + id + "\"}"),
        key == null ? EventMeta.NONE : keyed(key),
        0);
  }

  private static EventMeta keyed(String key) {
    return new EventMeta(key, Map.of(), List.of(), List.of(), null);
  }

  private List<OutboxClaim> claim(int limit, long now) {
    return store.claim("drainer-1", limit, LEASE, now);
  }

  private List<OutboxClaim> claimAll(long now) {
    return claimAll(100, now);
  }

  private List<OutboxClaim> claimAll(int limit, long now) {
    List<OutboxClaim> all = new ArrayList<>();
    List<OutboxClaim> some = claim(limit, now);
    while (!some.isEmpty()) {
      all.addAll(some);
      some = claim(limit, now);
    }
    return all;
  }

  private void settle(OutboxOutcome outcome) {
    assertThat(store.settle(List.of(outcome), NOW)).isEmpty();
  }

  private void settle(List<OutboxClaim> claims, Function<OutboxClaim, OutboxOutcome> to) {
    assertThat(store.settle(claims.stream().map(to).toList(), NOW)).isEmpty();
  }

  private List<OutboxClaim> sendAll(int limit) {
    return sendAll(limit, NOW);
  }

  /** Claims and marks as sent until there is nothing; answers the claims. */
  private List<OutboxClaim> sendAll(int limit, long now) {
    List<OutboxClaim> all = new ArrayList<>();
    List<OutboxClaim> some = claim(limit, now);
    while (!some.isEmpty()) {
      all.addAll(some);
      assertThat(store.settle(some.stream().<OutboxOutcome>map(Sent::new).toList(), now)).isEmpty();
      some = claim(limit, now);
    }
    return all;
  }

  private void settleAllSent(long now) {
    sendAll(100, now);
  }

  private List<OutboxRecord> list(OutboxStatus status) {
    return store.list(status, null, 1000);
  }

  private static OutboxClaim named(List<OutboxClaim> claims, String id) {
    return claims.stream().filter(c -> c.record().id().equals(id)).findFirst().orElseThrow();
  }

  private static List<String> ids(List<OutboxClaim> claims) {
    return claims.stream().map(claim -> claim.record().id()).toList();
  }

  private static List<OutboxClaim> both(List<OutboxClaim> some, List<OutboxClaim> more) {
    List<OutboxClaim> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
