package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.type.TypeReference;
import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.bus.TopicFullException;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.state.Compactor;
import io.promlib.state.CompactorListener;
import io.promlib.state.CompactorRun;
import io.promlib.state.CompactorRun.Outcome;
import io.promlib.state.KeySource;
import io.promlib.state.Snapshot;
import io.promlib.state.Snapshots;
import io.promlib.state.StateSource;
import io.promlib.state.StateView;
import io.promlib.store.Draft;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.Ordering;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a compactor keeps, step by step. */
public abstract class CompactorScenarios extends KeyedScenarios {
  private static final Duration DAY = Duration.ofDays(1);

  /** A lease that lasts however far the clock is turned while a run is under way. */
  private static final Duration HOUR = Duration.ofHours(1);

  private static final String GROUP_NAME = "compactor." + Ids.sha256(SNAPSHOTS);

  @Test
  void aRunPublishesTheLatestOfEachKeyAndMovesTheFloor() {
    put("a", "1");
    put("b", "1");
    clock.advance(SECOND);
    put("a", "2");

    CompactorRun run = compactor().build().runOnce();

    assertThat(run.outcome()).isEqualTo(Outcome.DONE);
    assertThat(run.events()).isEqualTo(3);
    assertThat(run.snapshots()).isEqualTo(2);
    assertThat(run.floor()).isEqualTo(3);
    assertThat(snapshots()).extracting(Snapshot::seq).containsExactly(2L, 3L);
    EventRecord last = Drafts.all(events(), SNAPSHOTS).get(1);
    EventRecord of = Drafts.all(events(), ORDERS.name()).get(2);
    assertThat(last.key()).isEqualTo("a");
    assertThat(last.payload().tree().get("key").asText()).isEqualTo("a");
    assertThat(last.payload().tree().get("payload").asText()).isEqualTo("2");
    assertThat(last.payload().tree().get("ts").asLong()).isEqualTo(of.ts());
    assertThat(last.payload().tree().get("seq").asLong()).isEqualTo(3);
    assertThat(last.payload().tree().get("id").asText()).isEqualTo(of.id());
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void whatDidNotChangeIsNotPublishedAgain() {
    put("a", "1");
    put("b", "1");
    Compactor compactor = compactor().build();
    compactor.runToEnd();
    List<String> before = Drafts.all(events(), SNAPSHOTS).stream().map(EventRecord::id).toList();

    assertThat(compactor.runOnce().outcome()).isEqualTo(Outcome.IDLE);
    put("b", "2");
    compactor.runToEnd();

    List<EventRecord> after = Drafts.all(events(), SNAPSHOTS);
    assertThat(after).hasSize(2);
    assertThat(after.get(0).id()).isEqualTo(before.get(0));
    assertThat(after.get(1).id()).isNotEqualTo(before.get(1));
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void aLongHistoryIsWorkedInBoundedRuns() {
    for (int i = 0; i < 35; i++) {
      put("k" + i % 7, "v" + i);
    }
    Compactor compactor = compactor().batchSize(10).build();

    assertThat(compactor.runOnce().floor()).isEqualTo(10);
    assertThat(compactor.floor()).isEqualTo(10);
    CompactorRun last = compactor.runToEnd();

    assertThat(last.more()).isFalse();
    assertThat(compactor.floor()).isEqualTo(35);
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void aDeletedKeyIsToldOfForADayAndThenForgotten() {
    put("a", "1");
    put("b", "1");
    Compactor compactor = compactor().build();
    compactor.runToEnd();
    put("a", null);
    compactor.runToEnd();
    assertThat(snapshots()).filteredOn(Snapshot::isTombstone).hasSize(1);
    assertThat(snapshotted()).containsOnlyKeys("b");

    clock.advance(DAY.minus(SECOND));
    compactor.runToEnd();
    assertThat(snapshots()).filteredOn(Snapshot::isTombstone).hasSize(1);
    clock.advance(SECOND);
    compactor.runToEnd();

    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("b");
    put("a", "again");
    compactor.runToEnd();
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void anotherProcessForgetsDeletedKeysToo() {
    put("a", "1");
    compactor().build().runToEnd();
    put("a", null);
    compactor().build().runToEnd();
    clock.advance(DAY);

    compactor().build().runToEnd();

    assertThat(snapshots()).isEmpty();
  }

  @Test
  void aKeyThatCameAndWentBetweenTwoRunsIsNotToldOf() {
    put("a", "1");
    put("a", null);

    assertThat(compactor().build().runOnce().snapshots()).isZero();
    assertThat(snapshots()).isEmpty();
  }

  @Test
  void anEventWithoutAKeyIsInNoSnapshot() {
    publish("no key");
    put("a", "1");

    compactor().build().runToEnd();

    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("a");
  }

  @Test
  void aKeySourceGivesAKeyToEventsThatHaveNone() {
    Topic<Map<String, Object>> machines =
        Topic.of("machines", new TypeReference<Map<String, Object>>() {});
    bus().publish(machines, Map.of("host", Map.of("name", "x"), "load", 1));
    bus().publish(machines, Map.of("host", Map.of("name", "x"), "load", 2));
    bus().publish(machines, Map.of("host", 7));
    bus().publish(machines, Map.of("host", Map.of("name", "")));
    bus().publish(machines, Map.of("load", 9), PublishOptions.none().key("own"));

    Compactor.builder(bus(), "machines")
        .keySource(KeySource.pointer("/host/name"))
        .build()
        .runToEnd();

    assertThat(Drafts.all(events(), "machines.snapshot").stream().map(Snapshot::read))
        .extracting(Snapshot::key, Snapshot::seq)
        .containsExactly(tuple("x", 2L), tuple("own", 5L));
  }

  @Test
  void aKeySourceThatFailsIsToldAndTheEventLeftOut() {
    publish("bad");
    publish("good");
    List<Long> bad = new ArrayList<>();
    KeySource source =
        KeySource.of(
            "strict",
            event -> {
              if (event.seq() == 1) {
                throw new IllegalStateException("no key in it");
              }
              return event.payload().tree().asText();
            });

    compactor()
        .keySource(source)
        .listener(
            new CompactorListener() {
              @Override
              public void onBadEvent(long seq, RuntimeException error) {
                bad.add(seq);
                throw new IllegalStateException("a listener that fails");
              }
            })
        .build()
        .runToEnd();

    assertThat(bad).containsExactly(1L);
    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("good");
  }

  @Test
  void onlyTheKeysThatItIsRestrictedToAreKept() {
    put("a", "1");
    put("b", "1");
    put("c", "1");

    compactor().keys(Set.of("a", "c", "z")).build().runToEnd();

    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("a", "c");
  }

  @Test
  void otherKeysForTheSameSnapshotsAreRefused() {
    put("a", "1");
    compactor().keys(Set.of("a")).build().runToEnd();
    put("a", "2");

    assertThatThrownBy(() -> compactor().build().runOnce())
        .isInstanceOf(GroupMismatchException.class)
        .hasMessageContaining(SNAPSHOTS);
    assertThatThrownBy(() -> compactor().keySource(KeySource.field("k")).build().runOnce())
        .isInstanceOf(GroupMismatchException.class);
    compactor().keys(Set.of("a")).build().runToEnd();
    compactor().keys(Set.of("b")).snapshotTopic("b.only.snapshot").build().runToEnd();
    assertThat(snapshots()).extracting(Snapshot::seq).containsExactly(2L);
  }

  @Test
  void theGroupIsListedAsItStands() {
    put("a", "1");
    put("b", "1");
    compactor().build().runToEnd();
    put("a", "2");

    GroupView group = bus().admin().groups(ORDERS.name()).get(0);

    assertThat(group.group()).isEqualTo(GROUP_NAME);
    assertThat(group.settings().ordering()).isEqualTo(Ordering.TOPIC);
    assertThat(group.floor()).isEqualTo(2);
    assertThat(group.lag()).isEqualTo(1);
    assertThat(group.unfinished()).isZero();
  }

  @Test
  void nobodyElseWorksOnItsGroup() {
    assertThatThrownBy(() -> bus().subscribe(ORDERS, GROUP_NAME, new Received()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compactor");
  }

  @Test
  void itsGroupIsMovedBackOnly() {
    put("a", "1");
    Compactor compactor = compactor().batchSize(1).build();
    compactor.runToEnd();
    put("b", "1");
    put("a", "2");

    assertThatThrownBy(() -> bus().admin().seek(ORDERS.name(), GROUP_NAME, StartAt.LATEST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seek it back");
    compactor.runToEnd();
    List<EventRecord> before = Drafts.all(events(), SNAPSHOTS);
    assertThat(bus().admin().seek(ORDERS.name(), GROUP_NAME, StartAt.EARLIEST)).isTrue();
    assertThat(compactor.floor()).isZero();
    compactor.runToEnd();

    assertThat(compactor.floor()).isEqualTo(3);
    assertThat(Drafts.seqs(events(), SNAPSHOTS))
        .isEqualTo(before.stream().map(EventRecord::seq).toList());
  }

  @Test
  void aGroupThatWasDeletedIsMadeAnewAndNothingIsRepeated() {
    put("a", "1");
    put("b", "1");
    compactor().build().runToEnd();
    put("b", null);
    compactor().build().runToEnd();
    List<Long> before = Drafts.seqs(events(), SNAPSHOTS);

    assertThat(bus().admin().deleteGroup(ORDERS.name(), GROUP_NAME)).isTrue();
    compactor().batchSize(1).build().runToEnd();

    assertThat(Drafts.seqs(events(), SNAPSHOTS)).isEqualTo(before);
    assertThat(snapshotted()).isEqualTo(fold());
  }

  @Test
  void whatRetentionTookBeforeItWasReadIsCountedAndTold() {
    for (int i = 1; i <= 5; i++) {
      put("k" + i, "v");
    }
    compactor().batchSize(1).build().runOnce();
    events().removeBelow(ORDERS.name(), 4);
    List<String> gaps = new ArrayList<>();

    compactor()
        .listener(
            new CompactorListener() {
              @Override
              public void onGap(long from, long to) {
                gaps.add(from + "-" + to);
              }
            })
        .build()
        .runToEnd();

    assertThat(gaps).containsExactly("2-3");
    assertThat(bus().admin().group(ORDERS.name(), GROUP_NAME).orElseThrow().skipped()).isEqualTo(2);
    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("k1", "k4", "k5");
  }

  @Test
  void itBeginsWhereATopicThatWasTrimmedBegins() {
    for (int i = 1; i <= 5; i++) {
      put("k" + i, "v");
    }
    events().removeBelow(ORDERS.name(), 4);

    compactor().build().runToEnd();

    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("k4", "k5");
    assertThat(bus().admin().group(ORDERS.name(), GROUP_NAME).orElseThrow().skipped()).isZero();
  }

  @Test
  void aSnapshotTopicThatIsFullIsSaidAndTheFloorStays() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    events()
        .configure(
            SNAPSHOTS, TopicSettings.UNLIMITED.maxEvents(2).maxAge(DAY).overflow(Overflow.REJECT));

    assertThatThrownBy(() -> compactor().build().runOnce())
        .isInstanceOf(TopicFullException.class)
        .hasMessageContaining(SNAPSHOTS);
    assertThat(compactor().build().floor()).isZero();
    events().configure(SNAPSHOTS, TopicSettings.UNLIMITED);
    clock.advance(Duration.ofSeconds(31));
    compactor().build().runToEnd();
    assertSnapshotsAreThoseOfTheFold();
  }

  @Test
  void aSnapshotTopicNeverDropsWhatItHolds() {
    put("a", "1");
    events().configure(SNAPSHOTS, TopicSettings.UNLIMITED.maxEvents(100).maxAge(DAY));

    compactor().build().runToEnd();

    assertThat(events().settings(SNAPSHOTS).overflow()).isEqualTo(Overflow.REJECT);
    assertThat(events().settings(SNAPSHOTS).maxAge()).isNull();
  }

  @Test
  void whatIsNoSnapshotGivesWayToOne() {
    put("a", "1");
    Published other = events().append(SNAPSHOTS, Drafts.withKey("a"), clock.millis());
    assertThatThrownBy(() -> Snapshot.read(other.record())).hasMessageContaining("is no snapshot");

    compactor().build().runToEnd();

    assertThat(snapshots()).extracting(Snapshot::seq).containsExactly(1L);
  }

  @Test
  void aSnapshotOfAnotherKeyThanItsEventIsNone() {
    put("a", "1");
    put("b", "1");
    compactor().build().runToEnd();
    EventRecord a = Drafts.all(events(), SNAPSHOTS).get(0);
    Draft wrong = new Draft("x", false, 0, a.payload(), Drafts.withKey("b").meta());
    events().append(SNAPSHOTS, wrong, clock.millis());

    assertThat(Snapshots.of(bus(), ORDERS.name()).get("b")).isEmpty();
  }

  @Test
  void snapshotsGoOnlyWhereNobodyElsePublishes() {
    assertThatThrownBy(() -> compactor().snapshotTopic("other"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must end with '.snapshot'")
        .hasMessageContaining("other");
    Topic<String> named = Topic.of("other.snapshot", String.class);
    assertThatThrownBy(() -> bus().publish(named, "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bus's own");
    put("a", "1");
    compactor().snapshotTopic("other.snapshot").build().runToEnd();
    StateSource source = StateSource.of(ORDERS.name()).snapshotTopic("other.snapshot");
    assertThat(Snapshots.of(bus(), source).get("a")).isPresent();
  }

  @Test
  void tombstonesGoWhereverThePagesAreCut() {
    for (int i = 0; i < 5; i++) {
      put("k" + i, "1");
    }
    put("stays", "1");
    compactor().build().runToEnd();
    for (int i = 0; i < 5; i++) {
      put("k" + i, null);
    }
    compactor().build().runToEnd();
    clock.advance(DAY);

    Compactor compactor = compactor(FailingStores.cutting(process().stores())).build();
    compactor.runToEnd();
    assertThat(snapshots()).extracting(Snapshot::key).containsExactly("stays");
    put("stays", null);
    compactor.runToEnd();
    clock.advance(DAY);
    compactor.runToEnd();
    assertThat(snapshots()).isEmpty();
  }

  @Test
  void badSettingsAreRefused() {
    for (Runnable bad :
        List.<Runnable>of(
            () -> compactor().batchSize(0),
            () -> compactor().batchSize(1_000_000),
            () -> compactor().interval(Duration.ZERO),
            () -> compactor().lease(Duration.ofSeconds(-1)),
            () -> compactor().tombstonesFor(Duration.ZERO),
            () -> compactor().dedupeWindow(Duration.ofSeconds(-1)),
            () -> compactor().keys(Set.of("")),
            () -> compactor().snapshotTopic("no topic"),
            () -> compactor().snapshotTopic(ORDERS.name()),
            () -> StateView.builder(bus(), ORDERS).snapshotTopic("snapshots"),
            () -> compactor().keySource(KeySource.pointer("name")),
            () -> compactor().keySource(KeySource.pointer("")),
            () -> StateSource.of("a..b"))) {
      assertThatThrownBy(bad::run).isInstanceOf(IllegalArgumentException.class);
    }
    Compactor closed = compactor().build();
    closed.close();
    closed.close();
    assertThatThrownBy(closed::runOnce).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(closed::start).isInstanceOf(IllegalStateException.class);
  }

  /* Log compaction. */

  @Test
  void whatWasSupersededGoesFromTheTopicWhenTheWindowIsOverAndEveryGroupPassed() {
    lagging(5);
    for (int i = 1; i <= 12; i++) {
      put("k" + i % 3, "v" + i);
    }
    Compactor compactor = compactor().compactLog(true).build();
    compactor.runToEnd();
    assertThat(Drafts.seqs(events(), ORDERS.name())).hasSize(12);

    clock.advance(DAY);
    compactor.runToEnd();
    assertThat(Drafts.seqs(events(), ORDERS.name()))
        .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
    lagging(9);
    compactor.runToEnd();

    assertThat(Drafts.seqs(events(), ORDERS.name())).containsExactly(6L, 7L, 8L, 9L, 10L, 11L, 12L);
    assertThat(events().compacted(ORDERS.name())).isEqualTo(8);
    assertThat(events().bounds(ORDERS.name()).first()).isEqualTo(1);
    assertThat(snapshotted()).isEqualTo(fold());
  }

  /** A group of whom everything before this position is done. */
  private void lagging(long next) {
    GroupStore groups = process().stores().groups();
    GroupKey key = new GroupKey(ORDERS.name(), "lagging");
    GroupState state = GroupState.starting(GroupSettings.DEFAULT, next, clock.millis());
    assertThat(
            groups.compareAndSet(
                key, groups.load(key).map(GroupStore.Versioned::version).orElse(null), state))
        .isPresent();
  }

  @Test
  void whereItIsToldSoItWaitsForNoGroup() {
    lagging(1);
    for (int i = 1; i <= 6; i++) {
      put("k" + i % 2, "v" + i);
    }
    put("k0", null);

    compactor()
        .compactLog(true)
        .waitForGroups(false)
        .dedupeWindow(Duration.ZERO)
        .build()
        .runToEnd();

    assertThat(Drafts.seqs(events(), ORDERS.name())).containsExactly(5L, 7L);
    assertThat(events().compacted(ORDERS.name())).isEqualTo(7);
  }

  @Test
  void itGoesOnWhereAnotherProcessEnded() {
    Compactor one = compactor().compactLog(true).dedupeWindow(Duration.ZERO).build();
    for (int i = 1; i <= 6; i++) {
      put("k" + i % 2, "v" + i);
    }
    publish("no key");
    one.runToEnd();
    put("k1", "later");
    Compactor other = compactor().compactLog(true).dedupeWindow(Duration.ZERO).build();
    other.runToEnd();

    assertThat(Drafts.seqs(events(), ORDERS.name())).containsExactly(6L, 7L, 8L);
  }

  /* In the background. */

  @Test
  void anErrorEndsNoThread() {
    List<RuntimeException> errors = new CopyOnWriteArrayList<>();
    publish("a");
    KeySource source =
        KeySource.of(
            "wanting",
            event -> {
              if (errors.isEmpty()) {
                throw new StackOverflowError();
              }
              return "key";
            });
    try (Compactor compactor =
        compactor()
            .keySource(source)
            .listener(
                new CompactorListener() {
                  @Override
                  public void onError(RuntimeException error) {
                    errors.add(error);
                    throw new StackOverflowError();
                  }
                })
            .build()
            .start()) {
      Awaitility.await()
          .until(
              () -> {
                clock.advance(Duration.ofSeconds(5));
                return compactor.floor() == 1;
              });
    }
    assertThat(errors).singleElement().extracting(Throwable::getCause).asString().contains("Stack");
  }

  @Test
  void thoseWhoCompactTakeTheIntervalFromTheLastRunOfAny() throws InterruptedException {
    List<CompactorRun> runs = new CopyOnWriteArrayList<>();
    put("a", "1");
    try (Compactor compactor =
        compactor()
            .interval(Duration.ofMinutes(1))
            .lease(HOUR)
            .listener(
                new CompactorListener() {
                  @Override
                  public void onRun(CompactorRun run) {
                    runs.add(run);
                  }
                })
            .build()
            .start()) {
      Awaitility.await().until(() -> runs.size() == 1 && clock.pending() > 0);
      put("a", "2");
      clock.advance(Duration.ofSeconds(40));
      compactor().build().runToEnd();
      put("a", "3");
      clock.advance(Duration.ofSeconds(30));
      assertThat(runs).hasSize(1);
      Awaitility.await()
          .until(
              () -> {
                clock.advance(Duration.ofSeconds(5));
                return runs.size() == 2;
              });
      assertThat(compactor.floor()).isEqualTo(3);
    }
    assertThat(snapshots()).extracting(Snapshot::seq).containsExactly(3L);
  }
}
