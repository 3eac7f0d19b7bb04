package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.PublishException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.TopicFullException;
import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Overflow;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Drainers stepped by hand, on a clock turned by hand. */
class OutboxDrainerTest {
  private final DrainBench bench = new DrainBench();
  private final List<String> tried = new ArrayList<>();

  @AfterEach
  void close() {
    bench.close();
  }

  /* What goes out. */

  @Test
  void aRecordBecomesAnEventWithAllThatItCarries() {
    bench.add(DrainBench.TOPIC, "one", "k", "{\"\":1e400,\"n\":-0.0}");

    assertThat(bench.drainer().build().drainOnce()).isEqualTo(1);

    EventRecord event = bench.published().get(0);
    assertThat(event.id()).isEqualTo("one");
    assertThat(event.ts()).isEqualTo(42);
    assertThat(event.key()).isEqualTo("k");
    assertThat(event.headers()).containsEntry("h", "one");
    assertThat(event.tags()).containsExactly("t");
    assertThat(event.causedBy()).containsExactly("c");
    assertThat(event.sid()).isEqualTo("s");
    assertThat(event.payload().bytes()).asString().isEqualTo("{\"\":1e400,\"n\":-0.0}");
    assertThat(bench.store.counts()).isEqualTo(new OutboxCounts(0, 0, 1, 0, OptionalLong.empty()));
    assertThat(bench.heard.calls()).containsExactly("published one");
  }

  @Test
  void anObjectReachesSubscribersOfItsTypeAsItIs() {
    List<String> object = new ArrayList<>(List.of("a"));
    Topic<List<?>> topic = new Topic<>(DrainBench.TOPIC, List.class);
    bench.store.add(topic, object, PublishOptions.none());

    bench.drainer().build().drainOnce();

    assertThat(bench.published().get(0).payload().object()).isSameAs(object);
  }

  @Test
  void aBatchGoesOutTopicByTopicInItsOrder() {
    List<List<String>> calls = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      bench.add(i % 2 == 0 ? "even" : "odd", "r" + i, "k", "1");
    }

    bench
        .drainer()
        .to((List<OutboxRecord> records) -> calls.add(records.stream().map(r -> r.id()).toList()))
        .build()
        .drainOnce();

    assertThat(calls)
        .containsExactlyInAnyOrder(List.of("r0", "r2", "r4"), List.of("r1", "r3", "r5"));
  }

  @Test
  void noBatchIsLargerThanAskedFor() {
    for (int i = 0; i < 25; i++) {
      bench.add("r" + i, null);
    }
    OutboxDrainer drainer = bench.drainer().batchSize(10).build();

    assertThat(drainer.drainOnce()).isEqualTo(10);
    assertThat(drainer.drainOnce()).isEqualTo(10);
    assertThat(drainer.drainOnce()).isEqualTo(5);
    assertThat(drainer.drainOnce()).isZero();
    assertThat(bench.ids()).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void aBatchCostsOneClaimOnePublishATopicAndOneSettlement() {
    OneFault calls = new OneFault();
    for (int i = 0; i < 100; i++) {
      bench.add("r" + i, i % 3 == 0 ? null : "k" + i % 7);
    }

    bench.drainer(calls).build().drainOnce();

    assertThat(bench.ids()).hasSize(100);
    for (String call : List.of("claim", "publish", "settle")) {
      assertThat(calls.count(call)).isEqualTo(1);
    }
    assertThat(calls.count("renew")).isZero();
  }

  @Test
  void aFunctionOfOneArgumentIsCalledOnceForEachRecord() {
    bench.add("one", "k");
    bench.add("two", "k");
    bench.add("bad", "l");
    bench.add("three", null);

    bench.drainer().each(record -> failing(record, Set.of("bad"))).build().drainOnce();

    assertThat(tried).containsExactlyInAnyOrder("one", "two", "bad", "three");
    assertThat(bench.store.counts().sent()).isEqualTo(3);
  }

  /* Records that fail. */

  @Test
  void aFailedRecordIsCountedAndTriedAgainWhenItsBackOffEnds() {
    bench.add("one", null);
    OutboxDrainer drainer =
        bench
            .drainer()
            .backoff(new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0))
            .each(record -> failing(record, Set.of("one")))
            .build();

    for (long wait : new long[] {1000, 2000, 4000}) {
      assertThat(drainer.drainOnce()).isEqualTo(1);
      bench.clock.advance(Duration.ofMillis(wait - 1));
      assertThat(drainer.drainOnce()).isZero();
      bench.clock.advance(Duration.ofMillis(1));
    }

    assertThat(bench.record(OutboxStatus.PENDING).attempts()).isEqualTo(3);
    assertThat(bench.record(OutboxStatus.PENDING).lastError()).contains("one fails");
    assertThat(bench.heard.calls())
        .containsExactly("failed one 1 again", "failed one 2 again", "failed one 3 again");
  }

  @Test
  void aRecordThatKeepsFailingRestsAndHoldsItsKeyUntilRequeued() {
    bench.add("one", "k");
    bench.add("two", "k");
    bench.add("other", "l");
    OutboxDrainer drainer = bench.drainer().maxAttempts(3).each(this::failingOne).build();
    for (int i = 0; i < 5; i++) {
      DrainBench.drainAll(drainer);
      bench.clock.advance(DrainBench.BACKOFF);
    }

    assertThat(tried).containsExactly("one", "other", "one", "one");
    assertThat(bench.record(OutboxStatus.ERROR).attempts()).isEqualTo(3);
    assertThat(bench.store.counts()).isEqualTo(new OutboxCounts(1, 0, 1, 1, OptionalLong.of(42)));

    assertThat(bench.store.requeue(DrainBench.TOPIC, "one", bench.clock.millis())).isTrue();
    bench.clock.advance(DrainBench.LEASE);
    DrainBench.drainAll(bench.drainer().build());
    assertThat(bench.ids()).containsExactly("one", "two");
  }

  @Test
  void aDroppedRecordGoesUnpublishedAndItsKeyFollows() {
    bench.add("one", "k");
    bench.add("two", "k");
    OutboxDrainer drainer = bench.drainer().maxAttempts(1).each(this::failingOne).build();
    DrainBench.drainAll(drainer);
    assertThat(bench.store.drop(DrainBench.TOPIC, "one", bench.clock.millis())).isTrue();

    DrainBench.drainAll(bench.drainer().build());

    assertThat(bench.ids()).containsExactly("two");
    assertThat(bench.store.counts().sent()).isEqualTo(2);
    assertThat(bench.heard.calls())
        .containsExactly("failed one 1 rests", "dropped one", "published two");
  }

  @Test
  void whatIsBehindAFailedRecordOfItsKeyIsHandedBackUncounted() {
    for (String id : List.of("one", "two", "three")) {
      bench.add(id, "k");
    }
    bench.add("other", "l");
    bench.add("loose", null);
    OutboxDrainer drainer = bench.drainer().each(this::failingOne).build();

    drainer.drainOnce();

    assertThat(tried).containsExactlyInAnyOrder("one", "other", "loose");
    List<OutboxRecord> waiting = bench.store.list(OutboxStatus.PENDING, null, 10);
    assertThat(waiting).extracting(OutboxRecord::id).containsExactly("one", "three", "two");
    assertThat(waiting).extracting(OutboxRecord::attempts).containsExactly(1, 0, 0);
    assertThat(waiting)
        .allMatch(r -> r.due() == bench.clock.millis() + DrainBench.BACKOFF.toMillis());
  }

  @Test
  void oneBadRecordOfABatchFailsAlone() {
    for (int i = 0; i < 10; i++) {
      bench.add("r" + i, i % 2 == 0 ? null : "k" + i);
    }
    bench.add(DrainBench.TOPIC, "poison", "p", "\"" + "x".repeat(2000) + "\"");
    bench.add("behind", "p");

    assertThat(bench.drainer().build().drainOnce()).isEqualTo(12);

    assertThat(bench.ids()).hasSize(10).doesNotContain("poison", "behind");
    OutboxRecord poison = bench.record(OutboxStatus.ERROR);
    assertThat(poison.id()).isEqualTo("poison");
    assertThat(poison.lastError()).contains("EventTooLargeException").contains("2002 bytes");
    assertThat(bench.heard.calls()).contains("failed poison 1 rests");
    assertThat(bench.drainer().build().drainOnce()).isZero();
  }

  @Test
  void aTopicOfTheBussOwnRestsAtOnce() {
    bench.add("dlq.orders", "dead", null, "1");
    bench.add("orders.snapshot", "snapshot", null, "1");
    bench.add("fine", null);

    bench.drainer().build().drainOnce();

    assertThat(bench.store.list(OutboxStatus.ERROR, null, 10))
        .extracting(OutboxRecord::id)
        .containsExactly("dead", "snapshot");
    assertThat(bench.ids()).containsExactly("fine");
  }

  @Test
  void anErrorTextThatNoStoreCouldKeepIsMended() {
    bench.add("one", null);

    bench
        .drainer()
        .each(
            record -> {
              throw new IllegalStateException("half \ud83d and \u0000" + "x".repeat(5000));
            })
        .build()
        .drainOnce();

    assertThat(bench.record(OutboxStatus.PENDING).lastError())
        .startsWith("IllegalStateException: half ? and ?x")
        .hasSize(1000);
  }

  @Test
  void evenAnErrorOfTheHostsFunctionIsTheRecordsOwn() {
    bench.add("one", null);
    bench.add("two", null);
    OutboxDrainer drainer =
        bench
            .drainer()
            .maxAttempts(1)
            .each(
                record -> {
                  if (record.id().equals("one")) {
                    throw new StackOverflowError();
                  }
                })
            .build();

    drainer.drainOnce();

    assertThat(bench.store.counts()).isEqualTo(new OutboxCounts(0, 0, 1, 1, OptionalLong.empty()));
  }

  /* A target that is away, or full. */

  @Test
  void aTargetThatIsAwayBurnsOneAttemptABatchAndNeverRests() {
    for (RuntimeException outage :
        List.of(
            new StoreUnavailableException("away", null),
            new PublishException("away", List.of(), null),
            new PublishException("away", List.of(), new StoreUnavailableException("x", null)))) {
      try (DrainBench fresh = new DrainBench()) {
        for (int i = 0; i < 5; i++) {
          fresh.add("r" + i, null);
        }
        List<Integer> calls = new ArrayList<>();
        OutboxDrainer drainer =
            fresh
                .drainer()
                .maxAttempts(1)
                .to(
                    (List<OutboxRecord> records) -> {
                      calls.add(records.size());
                      throw outage;
                    })
                .build();

        drainer.drainOnce();

        assertThat(calls).containsExactly(5, 1);
        assertThat(fresh.store.list(OutboxStatus.PENDING, null, 10))
            .extracting(OutboxRecord::attempts)
            .containsExactlyInAnyOrder(1, 0, 0, 0, 0);
        fresh.clock.advance(DrainBench.BACKOFF);
        DrainBench.drainAll(fresh.drainer().build());
        assertThat(fresh.ids()).hasSize(5);
      }
    }
  }

  @Test
  void aClosedBusIsOneThatIsAway() {
    bench.add("one", null);
    bench.bus.close();

    bench.drainer().maxAttempts(1).build().drainOnce();

    assertThat(bench.record(OutboxStatus.PENDING).lastError()).contains("BusClosedException");
  }

  @Test
  void aRecordThatLooksLikeAnOutageHoldsUpNothingButItsKey() {
    bench.add("one", "k");
    bench.add("behind", "k");
    for (int i = 0; i < 5; i++) {
      bench.add("r" + i, null);
    }
    OutboxDrainer drainer =
        bench
            .drainer()
            .each(
                record -> {
                  tried.add(record.id());
                  if (record.id().equals("one")) {
                    throw new StoreUnavailableException("away", null);
                  }
                })
            .build();

    drainer.drainOnce();
    drainer.drainOnce();

    assertThat(tried).containsExactlyInAnyOrder("one", "r0", "r1", "r2", "r3", "r4");
    assertThat(bench.record(OutboxStatus.PENDING).id()).isEqualTo("behind");
  }

  @Test
  void aFullTopicKeepsWhatFitAndTheRestInOrderUntilThereIsRoom() {
    bench.events.configure(
        DrainBench.TOPIC, TopicSettings.IN_MEMORY.maxEvents(3).overflow(Overflow.REJECT));
    bench.bus.subscribe(
        Topic.raw(DrainBench.TOPIC),
        "behind",
        SubscribeOptions.builder().startAt(new StartAt.Earliest()).manualAck().build(),
        delivery -> {});
    for (int i = 0; i < 6; i++) {
      bench.add("r" + i, "k");
    }
    bench.add("other", "elsewhere", null, "1");
    OutboxDrainer drainer = bench.drainer().maxAttempts(1).build();
    drainer.drainOnce();

    assertThat(bench.ids()).containsExactly("r0", "r1", "r2");
    assertThat(bench.published("other")).hasSize(1);
    List<OutboxRecord> waiting = bench.store.list(OutboxStatus.PENDING, null, 10);
    assertThat(waiting).extracting(OutboxRecord::id).containsExactly("r3", "r4", "r5");
    assertThat(waiting).extracting(OutboxRecord::attempts).containsExactly(1, 0, 0);
    assertThat(waiting.get(0).lastError()).contains("TopicFullException");

    bench.events.configure(DrainBench.TOPIC, TopicSettings.IN_MEMORY);
    bench.clock.advance(DrainBench.BACKOFF);
    DrainBench.drainAll(drainer);
    assertThat(bench.ids()).containsExactly("r0", "r1", "r2", "r3", "r4", "r5");
  }

  @Test
  void aTargetMaySayThatItIsFull() {
    bench.add("one", null);
    bench.add("two", null);

    bench
        .drainer()
        .each(
            record -> {
              throw new TopicFullException("full", List.of());
            })
        .build()
        .drainOnce();

    assertThat(bench.store.list(OutboxStatus.PENDING, null, 10))
        .extracting(OutboxRecord::attempts)
        .containsExactlyInAnyOrder(1, 0);
  }

  /* A store that fails. */

  @Test
  void aSettlementWhoseAnswerWasLostIsWrittenAgainFirst() {
    OneFault fault = new OneFault();
    bench.add("one", "k");
    OutboxDrainer drainer = bench.drainer(fault).build();
    fault.loseAnswer("settle");
    assertThatThrownBy(drainer::drainOnce).isInstanceOf(StoreUnavailableException.class);
    bench.add("two", "k");

    assertThat(drainer.drainOnce()).isEqualTo(1);

    assertThat(fault.count("publish")).isEqualTo(2);
    assertThat(bench.ids()).containsExactly("one", "two");
    assertThat(bench.heard.calls()).containsExactly("published one", "published two");
  }

  @Test
  void whatCouldNotBeSettledIsSettledWithoutPublishingAgain() {
    OneFault fault = new OneFault();
    bench.add("one", "k");
    OutboxDrainer drainer = bench.drainer(fault).build();
    fault.refuse("settle");
    assertThatThrownBy(drainer::drainOnce).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(drainer::drainOnce).isInstanceOf(StoreUnavailableException.class);
    fault.nothing();

    assertThat(drainer.drainOnce()).isZero();

    assertThat(fault.count("publish")).isEqualTo(1);
    assertThat(bench.store.counts().sent()).isEqualTo(1);
  }

  @Test
  void whatCouldNotBeSettledUntilItsLeaseEndedIsForgotten() {
    OneFault fault = new OneFault();
    bench.add("one", "k");
    OutboxDrainer drainer = bench.drainer(fault).build();
    fault.refuse("settle");
    assertThatThrownBy(drainer::drainOnce).isInstanceOf(StoreUnavailableException.class);
    bench.clock.advance(DrainBench.LEASE);
    fault.nothing();

    assertThat(drainer.drainOnce()).isEqualTo(1);

    assertThat(bench.ids()).containsExactly("one");
    assertThat(bench.store.counts().sent()).isEqualTo(1);
  }

  @Test
  void closingMarksWhatCouldNotBeMarkedBefore() {
    OneFault fault = new OneFault();
    bench.add("one", "k");
    OutboxDrainer drainer = bench.drainer(fault).build();
    fault.refuse("settle");
    assertThatThrownBy(drainer::drainOnce).isInstanceOf(StoreUnavailableException.class);
    fault.nothing();

    drainer.close();

    assertThat(bench.store.counts().sent()).isEqualTo(1);
  }

  /* Leases. */

  @Test
  void aDrainerThatWasPausedPastItsLeasePublishesNothingTwiceAndMarksNothing() {
    for (int i = 0; i < 10; i++) {
      bench.add("r" + i, i < 5 ? "k" : null);
    }
    OneFault fault = new OneFault();
    OutboxDrainer paused = bench.drainer(fault).build();
    HeardOutbox heardOfOther = new HeardOutbox();
    OutboxDrainer other = bench.drainer().listener(heardOfOther).build();
    fault.pauseBefore(
        "publish",
        () -> {
          bench.clock.advance(DrainBench.LEASE);
          DrainBench.drainAll(other);
        });

    paused.drainOnce();

    assertThat(bench.ids()).hasSize(10).doesNotHaveDuplicates();
    assertThat(heardOfOther.calls()).hasSize(10).allMatch(call -> call.startsWith("published"));
    assertThat(bench.heard.calls()).filteredOn(call -> call.startsWith("lost")).hasSize(10);
    assertThat(bench.store.counts().sent()).isEqualTo(10);
  }

  @Test
  void whatWasLostAndNotPublishedYetIsNotPublishedAnyMore() {
    for (int i = 0; i < 4; i++) {
      bench.add("r" + i, "k");
    }
    OutboxDrainer other = bench.drainer().each(this::note).batchSize(10).build();
    OutboxDrainer paused =
        bench
            .drainer()
            .each(
                record -> {
                  note(record);
                  if (record.id().equals("r1")) {
                    bench.clock.advance(DrainBench.LEASE);
                    DrainBench.drainAll(other);
                  }
                })
            .build();

    paused.drainOnce();

    assertThat(tried).containsExactly("r0", "r1", "r0", "r1", "r2", "r3");
    assertThat(bench.heard.calls().stream().filter(call -> call.startsWith("lost")))
        .containsExactlyInAnyOrder("lost r0", "lost r1", "lost r2", "lost r3");
  }

  @Test
  void whatIsBehindALostRecordOfItsKeyIsNotPublishedEither() {
    bench.add("first", null);
    bench.add("one", "k");
    bench.add("two", "k");
    OutboxDrainer paused =
        bench
            .drainer()
            .each(
                record -> {
                  note(record);
                  bench.clock.advance(DrainBench.LEASE);
                  assertThat(bench.store.claim("other", 2, DrainBench.LEASE, bench.clock.millis()))
                      .extracting(claim -> claim.record().id())
                      .containsExactly("first", "one");
                })
            .build();

    paused.drainOnce();

    assertThat(tried).containsExactly("first");
    assertThat(bench.heard.calls()).containsExactlyInAnyOrder("lost first", "lost one");
    assertThat(bench.store.counts()).isEqualTo(new OutboxCounts(1, 2, 0, 0, OptionalLong.of(42)));
  }

  @Test
  void aLeaseIsRenewedBetweenPublishesWhenAThirdOfItHasPassed() {
    for (int i = 0; i < 10; i++) {
      bench.add("r" + i, "k");
    }
    OneFault calls = new OneFault();
    OutboxDrainer other = bench.drainer().build();
    OutboxDrainer slow =
        bench
            .drainer(new ShakyOutbox(bench.store, calls))
            .each(
                record -> {
                  bench.clock.advance(DrainBench.LEASE.dividedBy(3));
                  assertThat(other.drainOnce()).isZero();
                })
            .build();

    assertThat(slow.drainOnce()).isEqualTo(10);

    assertThat(calls.count("renew")).isEqualTo(9);
    assertThat(bench.store.counts().sent()).isEqualTo(10);
    assertThat(bench.heard.calls()).noneMatch(call -> call.startsWith("lost"));
  }

  @Test
  void withoutALeaseThatCouldBeRenewedNothingMoreIsPublished() {
    bench.add("one", "k");
    bench.add("two", "k");
    OneFault fault = new OneFault();
    OutboxDrainer drainer =
        bench
            .drainer(new ShakyOutbox(bench.store, fault))
            .each(
                record -> {
                  note(record);
                  fault.refuse("renew");
                  bench.clock.advance(DrainBench.LEASE);
                })
            .build();

    drainer.drainOnce();

    assertThat(tried).containsExactly("one");
    assertThat(bench.store.counts()).isEqualTo(new OutboxCounts(1, 0, 1, 0, OptionalLong.of(42)));
    assertThat(bench.heard.calls()).contains("error the store cannot be reached");
  }

  /* Cleaning up. */

  @Test
  void sentRecordsGoWhenTheirRetentionIsOver() {
    bench.add("one", null);
    OutboxDrainer drainer = bench.drainer().retention(Duration.ofHours(2)).build();
    drainer.drainOnce();

    bench.clock.advance(Duration.ofHours(2));
    assertThat(drainer.cleanOnce()).isFalse();
    assertThat(bench.store.counts().sent()).isEqualTo(1);
    bench.clock.advance(Duration.ofMillis(1));
    drainer.cleanOnce();
    assertThat(bench.store.counts().sent()).isZero();
  }

  @Test
  void cleaningUpIsABoundedStep() {
    for (int i = 0; i < 1500; i++) {
      bench.add("r" + i, null);
    }
    OutboxDrainer drainer = bench.drainer().batchSize(1000).retention(Duration.ZERO).build();
    DrainBench.drainAll(drainer);
    bench.clock.advance(Duration.ofMillis(1));

    assertThat(drainer.cleanOnce()).isTrue();
    assertThat(bench.store.counts().sent()).isEqualTo(500);
    assertThat(drainer.cleanOnce()).isFalse();
    assertThat(bench.store.counts().sent()).isZero();
  }

  @Test
  void whatAListenerThrowsChangesNothingAndTheOthersAreTold() {
    bench.add("one", null);

    HeardOutbox second = new HeardOutbox();
    bench
        .drainer()
        .listener(
            new OutboxListener() {
              @Override
              public void onPublished(OutboxRecord record) {
                throw new IllegalStateException("listener");
              }
            })
        .listener(second)
        .build()
        .drainOnce();

    assertThat(bench.store.counts().sent()).isEqualTo(1);
    assertThat(bench.heard.calls()).hasSize(1);
    assertThat(second.calls()).isEqualTo(bench.heard.calls());
  }

  private void note(OutboxRecord record) {
    tried.add(record.id());
  }

  private void failingOne(OutboxRecord record) {
    failing(record, Set.of("one"));
  }

  private void failing(OutboxRecord record, Set<String> ids) {
    tried.add(record.id());
    if (ids.contains(record.id())) {
      throw new IllegalStateException(record.id() + " fails");
    }
  }
}
