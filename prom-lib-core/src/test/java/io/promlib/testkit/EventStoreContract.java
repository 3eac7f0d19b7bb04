package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.event.Utf8;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.LatestPage;
import io.promlib.store.Overflow;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link EventStore} promises. A store's own test extends this class; each test gets a
 * store of its own that is empty, and closes it. What a store cannot do it says in a hook below,
 * and the tests of that are skipped.
 */
@Timeout(180)
public abstract class EventStoreContract {
  private static final String TOPIC = "orders.placed";
  private static final long NOW = 1_700_000_000_000L;

  private EventStore store;

  /**
   * An empty store with room for some ten thousand small events in a topic that nobody configured.
   */
  protected abstract EventStore create() throws Exception;

  /**
   * Whether {@link TopicSettings#overflow} other than dropping, and an answer that is shorter,
   * exist here.
   */
  protected boolean canBeFull() {
    return true;
  }

  /**
   * Whether the topic's byte sizes are known, so that {@link io.promlib.store.Extent#bytes} is not
   * -1.
   */
  protected boolean knowsBytes() {
    return true;
  }

  @BeforeEach
  final void open() throws Exception {
    store = create();
  }

  @AfterEach
  final void close() {
    store.close();
  }

  /* Appending. */

  @Test
  void positionsBeginAtOneAndHaveNoGaps() {
    List<Published> one = store.append(TOPIC, List.of(Drafts.plain()), NOW);
    List<Published> more = store.append(TOPIC, Drafts.plain(3, 0), NOW);

    assertThat(one).extracting(Published::seq).containsExactly(1L);
    assertThat(more).extracting(Published::seq).containsExactly(2L, 3L, 4L);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void positionsOfTwoTopicsAreTheirOwn() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);

    assertThat(store.append("other", List.of(Drafts.plain()), NOW))
        .extracting(Published::seq)
        .containsExactly(1L);
  }

  @Test
  void anEventIsReadAsItWasAppended() {
    EventMeta meta =
        new EventMeta(
            "käse.$", Map.of("traceparent", "00-1"), List.of("a", "b"), List.of("cause"), "s");
    Draft draft = new Draft("given", true, 42, Payload.json("{\"\":1e400,\"$a.b\":-0.0}"), meta);

    EventRecord answered = store.append(TOPIC, List.of(draft), NOW).get(0).record();
    EventRecord read = store.read(TOPIC, 1, 1).events().get(0);

    for (EventRecord event : List.of(answered, read)) {
      assertThat(event.id()).isEqualTo("given");
      assertThat(event.seq()).isEqualTo(1);
      assertThat(event.ts()).isEqualTo(42);
      assertThat(event.at()).isEqualTo(NOW);
      assertThat(event.topic()).isEqualTo(TOPIC);
      assertThat(event.meta()).isEqualTo(meta);
      assertThat(event.payload().bytes()).isEqualTo(draft.payload().bytes());
    }
  }

  @Test
  void anAppendOfNothingChangesNothing() {
    assertThat(store.append(TOPIC, List.of(), NOW)).isEmpty();
    assertThat(store.topics()).isEmpty();
  }

  @Test
  void atNeverDecreasesWhenTheClockJumpsBackward() {
    for (long now : new long[] {NOW, NOW - 60_000, NOW + 5, NOW + 4}) {
      store.append(TOPIC, Drafts.plain(2, 0), now);
    }

    assertThat(Drafts.all(store, TOPIC))
        .extracting(EventRecord::at)
        .containsExactly(NOW, NOW, NOW, NOW, NOW + 5, NOW + 5, NOW + 5, NOW + 5);
  }

  @Test
  void twoEventsWithOneTimeAreBothThereInTheOrderOfAppending() {
    Draft first = Drafts.plain(7);
    Draft second = Drafts.plain(7);
    store.append(TOPIC, List.of(first), NOW);
    store.append(TOPIC, List.of(second), NOW);

    assertThat(Drafts.all(store, TOPIC))
        .extracting(EventRecord::id)
        .containsExactly(first.id(), second.id());
  }

  @Test
  void orderIsThatOfAppendingWhateverTheTimes() {
    store.append(TOPIC, List.of(Drafts.plain(9), Drafts.plain(3), Drafts.plain(6)), NOW);

    assertThat(Drafts.all(store, TOPIC)).extracting(EventRecord::ts).containsExactly(9L, 3L, 6L);
  }

  /* Ids. */

  @Test
  void anIdThatIsThereAppendsNothingAndIsAnsweredWithTheStoredEvent() {
    EventRecord stored = store.append(TOPIC, List.of(Drafts.withId("a")), NOW).get(0).record();
    store.append(TOPIC, List.of(Drafts.plain()), NOW);

    Published again = store.append(TOPIC, List.of(Drafts.withId("a")), NOW + 9).get(0);

    assertThat(again.duplicate()).isTrue();
    assertThat(again.id()).isEqualTo("a");
    assertThat(again.seq()).isEqualTo(stored.seq());
    assertThat(again.record().at()).isEqualTo(NOW);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L);
  }

  @Test
  void anIdThatStandsTwiceInOneListIsAppendedOnce() {
    List<Published> answer =
        store.append(
            TOPIC,
            List.of(Drafts.withId("a"), Drafts.plain(), Drafts.withId("a"), Drafts.plain()),
            NOW);

    assertThat(answer).extracting(Published::seq).containsExactly(1L, 2L, 1L, 3L);
    assertThat(answer).extracting(Published::duplicate).containsExactly(false, false, true, false);
  }

  @Test
  void theSameIdInAnotherTopicIsAnotherEvent() {
    store.append(TOPIC, List.of(Drafts.withId("a")), NOW);

    assertThat(store.append("other", List.of(Drafts.withId("a")), NOW).get(0).duplicate())
        .isFalse();
  }

  @Test
  void anIdThatManyThreadsAppendAtOnceIsAppendedOnce() {
    List<Published> answers = new CopyOnWriteArrayList<>();
    for (int round = 0; round < 50; round++) {
      String id = "round-" + round;
      Threads.together(
          4, thread -> answers.addAll(store.append(TOPIC, List.of(Drafts.withId(id)), NOW)));
    }

    assertThat(answers).hasSize(200).filteredOn(published -> !published.duplicate()).hasSize(50);
    Map<String, Long> seqs = new HashMap<>();
    for (Published published : answers) {
      assertThat(seqs.merge(published.id(), published.seq(), (a, b) -> a))
          .isEqualTo(published.seq());
    }
    assertThat(Drafts.seqs(store, TOPIC)).hasSize(50);
  }

  @Test
  void anEventIsFoundByItsIdWhoeverGaveIt() {
    Draft made = Drafts.plain();
    store.append(TOPIC, List.of(Drafts.withId("a"), made, Drafts.withId("b")), NOW);

    assertThat(store.find(TOPIC, "a")).map(EventRecord::seq).hasValue(1L);
    assertThat(store.find(TOPIC, made.id())).map(EventRecord::seq).hasValue(2L);
    assertThat(store.find(TOPIC, "b")).map(EventRecord::seq).hasValue(3L);
    assertThat(store.find(TOPIC, "c")).isEmpty();
  }

  @Test
  void anEventThatWasRemovedIsNotFound() {
    Draft made = Drafts.plain();
    store.append(TOPIC, List.of(Drafts.withId("a"), made, Drafts.plain()), NOW);
    store.remove(TOPIC, List.of(2L));
    store.removeBelow(TOPIC, 2);

    assertThat(store.find(TOPIC, "a")).isEmpty();
    assertThat(store.find(TOPIC, made.id())).isEmpty();
  }

  /* Reading. */

  @Test
  void aReadGivesAtMostItsLimitFromItsPositionOn() {
    store.append(TOPIC, Drafts.plain(10, 0), NOW);

    Page page = store.read(TOPIC, 4, 3);

    assertThat(page.events()).extracting(EventRecord::seq).containsExactly(4L, 5L, 6L);
    assertThat(page.first()).isEqualTo(1);
    assertThat(page.tail()).isBetween(6L, 10L);
  }

  @Test
  void theBoundsAreTheLowestAndTheHighestPosition() {
    assertThat(store.bounds(TOPIC)).isEqualTo(new Bounds(1, 0));
    store.append(TOPIC, Drafts.plain(10, 0), NOW);
    assertThat(store.bounds(TOPIC)).isEqualTo(new Bounds(1, 10));

    store.removeBelow(TOPIC, 4);
    assertThat(store.bounds(TOPIC)).isEqualTo(new Bounds(4, 10));

    store.removeBelow(TOPIC, 100);
    assertThat(store.bounds(TOPIC)).isEqualTo(new Bounds(11, 10));
  }

  @Test
  void aReadBeyondTheTailIsEmptyAndTellsTheTail() {
    store.append(TOPIC, Drafts.plain(2, 0), NOW);

    Page page = store.read(TOPIC, 3, 100);

    assertThat(page.events()).isEmpty();
    assertThat(page.tail()).isEqualTo(2);
  }

  @Test
  void anUnknownTopicIsAnEmptyOne() {
    Page page = store.read("unknown", 1, 10);

    assertThat(page.events()).isEmpty();
    assertThat(page.first()).isEqualTo(1);
    assertThat(page.tail()).isZero();
    assertThat(store.extent("unknown").first()).isEqualTo(1);
    assertThat(store.extent("unknown").tail()).isZero();
    assertThat(store.extent("unknown").count()).isZero();
    assertThat(store.find("unknown", "a")).isEmpty();
    assertThat(store.latest("unknown", "k")).isEmpty();
    assertThat(store.firstSince("unknown", 0)).isEmpty();
    store.removeBelow("unknown", 5);
    store.remove("unknown", List.of(1L));
    assertThat(store.topics()).isEmpty();
  }

  @Test
  void aReaderSeesAPrefixWhileManyAppend() {
    int appenders = 4;
    int each = 500;
    AtomicBoolean appending = new AtomicBoolean(true);
    List<String> wrong = new CopyOnWriteArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              long next = 1;
              boolean last;
              do {
                last = !appending.get();
                Page page = store.read(TOPIC, next, 64);
                for (EventRecord event : page.events()) {
                  if (event.seq() != next) {
                    wrong.add("saw " + event.seq() + " where " + next + " was due");
                  }
                  next = event.seq() + 1;
                }
                if (page.events().size() < 64 && next <= page.tail()) {
                  wrong.add("tail is " + page.tail() + " but " + next + " is not there");
                }
              } while (!last || next <= (long) appenders * each);
            },
            "contract-reader");
    reader.setDaemon(true);
    reader.start();
    Threads.together(
        appenders,
        thread -> {
          for (int i = 0; i < each; i += 5) {
            store.append(TOPIC, Drafts.plain(5, thread), NOW);
          }
        });
    appending.set(false);

    Awaitility.await().until(() -> !reader.isAlive());
    assertThat(wrong).isEmpty();
    assertThat(store.extent(TOPIC).tail()).isEqualTo((long) appenders * each);
  }

  @Test
  void whatAnAppendAnsweredIsThereForEveryReader() {
    AtomicBoolean missed = new AtomicBoolean();
    Threads.together(
        4,
        thread -> {
          for (int i = 0; i < 100; i++) {
            Published published = store.append(TOPIC, List.of(Drafts.plain()), NOW).get(0);
            List<EventRecord> events = store.read(TOPIC, published.seq(), 1).events();
            if (events.isEmpty() || !events.get(0).id().equals(published.id())) {
              missed.set(true);
            }
          }
        });

    assertThat(missed).isFalse();
  }

  @Test
  void aTimeLeadsToTheFirstPositionAtOrAfterItThoughTimesGoBackAndForth() {
    for (long seed = 1; seed <= 5; seed++) {
      Random random = new Random(seed);
      String topic = "times-" + seed;
      List<Long> times = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        long ts = 1000 + 10L * i + random.nextInt(200) - 100;
        times.add(ts);
        store.append(topic, List.of(Drafts.plain(ts)), NOW);
      }
      for (long ts = 850; ts < 1750; ts += 7) {
        assertThat(store.firstSince(topic, ts))
            .as("seed %s, time %s", seed, ts)
            .isEqualTo(firstAtOrAfter(times, ts));
      }
    }
  }

  @Test
  void theLatestOfAKeyIsTheOneAppendedLast() {
    store.append(
        TOPIC,
        List.of(Drafts.withKey("a"), Drafts.withKey("b"), Drafts.withKey("a"), Drafts.plain()),
        NOW);

    assertThat(store.latest(TOPIC, "a")).map(EventRecord::seq).hasValue(3L);
    assertThat(store.latest(TOPIC, "b")).map(EventRecord::seq).hasValue(2L);
    assertThat(store.latest(TOPIC, "c")).isEmpty();
  }

  @Test
  void theLatestOfAKeyIsAmongWhatTheTopicStillHolds() {
    store.append(
        TOPIC,
        List.of(
            Drafts.withKey("a"),
            Drafts.withKey("b"),
            Drafts.withKey("a"),
            Drafts.withKey("a"),
            Drafts.plain()),
        NOW);
    store.remove(TOPIC, List.of(4L));
    assertThat(store.latest(TOPIC, "a")).map(EventRecord::seq).hasValue(3L);

    store.removeBelow(TOPIC, 3);
    assertThat(store.latest(TOPIC, "b")).isEmpty();
    assertThat(store.latest(TOPIC, "a")).map(EventRecord::seq).hasValue(3L);

    store.remove(TOPIC, List.of(3L));
    assertThat(store.latest(TOPIC, "a")).isEmpty();
  }

  /* Appending at a place. */

  @Test
  void eventsAreAppendedBehindThePositionThatIsTheTail() {
    List<Published> first = store.appendAt(TOPIC, 0, Drafts.plain(2, 0), NOW);
    List<Published> more = store.appendAt(TOPIC, 2, Drafts.plain(3, 0), NOW + 1);

    assertThat(first).extracting(Published::seq).containsExactly(1L, 2L);
    assertThat(more).extracting(Published::seq).containsExactly(3L, 4L, 5L);
    assertThat(more).extracting(published -> published.record().at()).containsOnly(NOW + 1);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(store.append(TOPIC, List.of(Drafts.plain()), NOW))
        .extracting(Published::seq)
        .containsExactly(6L);
  }

  @Test
  void nothingIsAppendedBehindAPositionThatIsNotTheTail() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);

    for (long tail : new long[] {0, 2, 4, 100}) {
      assertThat(store.appendAt(TOPIC, tail, Drafts.plain(2, 0), NOW)).isEmpty();
    }
    assertThat(store.appendAt(TOPIC, 3, List.of(), NOW)).isEmpty();
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void anIdThatIsThereEndsAnAppendAtAPlace() {
    store.append(TOPIC, List.of(Drafts.withId("a")), NOW);
    List<Draft> events = List.of(Drafts.plain(), Drafts.withId("a"), Drafts.plain());

    assertThat(store.appendAt(TOPIC, 1, events, NOW))
        .extracting(Published::seq)
        .containsExactly(2L);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L);
  }

  @Test
  void anIdThatStandsTwiceEndsAnAppendAtAPlace() {
    List<Draft> events = List.of(Drafts.withId("a"), Drafts.withId("a"), Drafts.plain());

    assertThat(store.appendAt(TOPIC, 0, events, NOW)).hasSize(1);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L);
  }

  @Test
  void anAppendAtAPlaceGoesOnBehindATailThatWasRemoved() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);
    store.remove(TOPIC, List.of(3L));

    assertThat(store.appendAt(TOPIC, 3, Drafts.plain(2, 0), NOW))
        .extracting(Published::seq)
        .containsExactly(4L, 5L);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 4L, 5L);
  }

  @Test
  void ofManyThatAppendAtOnePlaceOneDoes() {
    List<Published> placed = new CopyOnWriteArrayList<>();
    for (int round = 0; round < 30; round++) {
      long tail = store.bounds(TOPIC).tail();
      Threads.together(
          4, thread -> placed.addAll(store.appendAt(TOPIC, tail, List.of(Drafts.plain()), NOW)));
    }

    assertThat(placed).hasSize(30);
    assertThat(Drafts.seqs(store, TOPIC)).hasSize(30);
  }

  @Test
  void anAppendAtAPlaceTakesWhatFitsIntoAFullTopic() {
    assumeTrue(canBeFull(), "a topic of this store is never full");
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(3).overflow(Overflow.REJECT));

    assertThat(store.appendAt(TOPIC, 0, Drafts.plain(5, 0), NOW)).hasSize(3);
    assertThat(store.appendAt(TOPIC, 3, Drafts.plain(1, 0), NOW)).isEmpty();
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aListenerHearsOfAnAppendAtAPlace() {
    List<String> heard = new CopyOnWriteArrayList<>();
    Thread appending = Thread.currentThread();
    store.onAppend(
        TOPIC,
        () -> {
          if (Thread.currentThread() == appending) {
            heard.add("append");
          }
        });

    store.appendAt(TOPIC, 0, Drafts.plain(2, 0), NOW);
    store.appendAt(TOPIC, 0, Drafts.plain(2, 0), NOW);

    assertThat(heard).hasSize(1);
  }

  /* The past. */

  @Test
  void theLastPositionUntilATimeIsTheOneBeforeTheFirstLaterEvent() {
    for (long at : new long[] {10, 10, 20, 30, 30, 30}) {
      store.append(TOPIC, List.of(Drafts.plain()), NOW + at);
    }

    assertThat(store.lastUntil(TOPIC, NOW + 9)).isZero();
    assertThat(store.lastUntil(TOPIC, NOW + 10)).isEqualTo(2);
    assertThat(store.lastUntil(TOPIC, NOW + 29)).isEqualTo(3);
    assertThat(store.lastUntil(TOPIC, NOW + 30)).isEqualTo(6);
    assertThat(store.lastUntil(TOPIC, Long.MAX_VALUE)).isEqualTo(6);
    assertThat(store.lastUntil("unknown", NOW)).isZero();
  }

  @Test
  void theLastPositionUntilATimeIsFoundAmongHolesAndBehindWhatRetentionTook() {
    for (int at = 1; at <= 20; at++) {
      store.append(TOPIC, List.of(Drafts.plain()), NOW + at);
    }
    store.removeBelow(TOPIC, 5);
    store.remove(TOPIC, List.of(8L, 9L, 10L, 15L));

    assertThat(store.lastUntil(TOPIC, NOW)).isEqualTo(4);
    assertThat(store.lastUntil(TOPIC, NOW + 5)).isEqualTo(5);
    assertThat(store.lastUntil(TOPIC, NOW + 7)).isEqualTo(10);
    assertThat(store.lastUntil(TOPIC, NOW + 9)).isEqualTo(10);
    assertThat(store.lastUntil(TOPIC, NOW + 11)).isEqualTo(11);
    assertThat(store.lastUntil(TOPIC, NOW + 14)).isEqualTo(15);
    assertThat(store.lastUntil(TOPIC, NOW + 20)).isEqualTo(20);
  }

  @Test
  void theLatestOfKeysAsOfAPositionIsThatOfAFoldUpToIt() {
    Random random = new Random(7);
    List<String> keys = new ArrayList<>();
    for (int i = 1; i <= 120; i++) {
      keys.add("k-" + random.nextInt(15) + (i % 5 == 0 ? "-\ud83d\ude00" : "-\uffee"));
      store.append(
          TOPIC, List.of(i % 9 == 0 ? Drafts.plain() : Drafts.withKey(keys.get(i - 1))), NOW);
    }
    for (long seq : new long[] {0, 1, 40, 119, 120, 500}) {
      Map<String, Long> fold = new HashMap<>();
      for (int i = 1; i <= Math.min(120, seq); i++) {
        if (i % 9 != 0) {
          fold.put(keys.get(i - 1), (long) i);
        }
      }

      Map<String, Long> together = new HashMap<>();
      latest(keys, seq).forEach((key, event) -> together.put(key, event.seq()));
      assertThat(together).isEqualTo(fold);
      assertThat(store.latestSeqs(TOPIC, keys, seq)).isEqualTo(fold);
      for (String key : keys) {
        assertThat(store.latest(TOPIC, key, seq).map(EventRecord::seq))
            .isEqualTo(Optional.ofNullable(fold.get(key)));
      }
      assertThat(paged(seq, 4)).isEqualTo(fold);
    }
  }

  private Map<String, Long> paged(long atMost, int limit) {
    Map<String, Long> seen = new LinkedHashMap<>();
    String after = null;
    while (true) {
      LatestPage page = store.latestPage(TOPIC, after, limit, atMost);
      assertThat(page.events()).hasSizeLessThanOrEqualTo(limit);
      for (EventRecord event : page.events()) {
        assertThat(seen.put(String.valueOf(event.key()), event.seq())).isNull();
      }
      after = page.next();
      if (after == null) {
        break;
      }
    }
    return seen;
  }

  /** Skips the test, with the reason, where what the store stands on orders text otherwise. */
  protected void assumeOrderOfUtf8() {}

  @Test
  void pagesOfKeysAreInTheOrderOfTheirUtf8() {
    assumeOrderOfUtf8();
    String last = "k-\ud83d\ude00";
    store.append(TOPIC, List.of(Drafts.withKey(last), Drafts.withKey("k-\uffee")), NOW);

    assertThat(List.copyOf(paged(2, 1).keySet()))
        .containsExactly("k-\uffee", last)
        .isSortedAccordingTo(Utf8::compare);
  }

  @Test
  void theLatestOfAHotKeyDoesNotHideThoseOfOthers() {
    List<Draft> events = new ArrayList<>();
    events.add(Drafts.withKey("z"));
    for (int i = 0; i < 1500; i++) {
      events.add(Drafts.withKey("a-hot"));
    }
    store.append(TOPIC, events, NOW);

    Map<String, EventRecord> latest = latest(List.of("a-hot", "z", "none"), Long.MAX_VALUE);

    assertThat(latest).containsOnlyKeys("a-hot", "z");
    assertThat(latest.get("a-hot").seq()).isEqualTo(1501);
    assertThat(latest(List.of("a-hot", "z"), 1400).get("a-hot").seq()).isEqualTo(1400);
    assertThat(store.latestSeqs(TOPIC, List.of("a-hot", "z"), 1400))
        .isEqualTo(Map.of("a-hot", 1400L, "z", 1L));
  }

  @Test
  void whatWasCompactedIsRaisedOnly() {
    assertThat(store.compacted(TOPIC)).isZero();
    store.append(TOPIC, Drafts.plain(5, 0), NOW);
    assertThat(store.compacted(TOPIC)).isZero();

    store.raiseCompacted(TOPIC, 3);
    store.raiseCompacted(TOPIC, 2);

    assertThat(store.compacted(TOPIC)).isEqualTo(3);
    assertThat(store.bounds(TOPIC)).isEqualTo(new Bounds(1, 5));
    assertThat(store.compacted("unknown")).isZero();
  }

  /* Removing. */

  @Test
  void removingBelowAPositionRaisesFirstToIt() {
    store.append(TOPIC, Drafts.plain(10, 0), NOW);

    store.removeBelow(TOPIC, 4);

    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(store.read(TOPIC, 1, 1).first()).isEqualTo(4);
    assertThat(store.extent(TOPIC).first()).isEqualTo(4);
    assertThat(store.extent(TOPIC).count()).isEqualTo(7);
  }

  @Test
  void firstIsNeverLowered() {
    store.append(TOPIC, Drafts.plain(10, 0), NOW);
    store.removeBelow(TOPIC, 6);

    store.removeBelow(TOPIC, 3);

    assertThat(store.extent(TOPIC).first()).isEqualTo(6);
    assertThat(store.extent(TOPIC).count()).isEqualTo(5);
  }

  @Test
  void positionsGoOnAfterEverythingWasRemoved() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);
    store.removeBelow(TOPIC, 4);

    assertThat(store.extent(TOPIC).first()).isEqualTo(4);
    assertThat(store.extent(TOPIC).tail()).isEqualTo(3);
    assertThat(store.extent(TOPIC).count()).isZero();
    assertThat(store.append(TOPIC, List.of(Drafts.plain()), NOW).get(0).seq()).isEqualTo(4);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(4L);
  }

  @Test
  void positionsGoOnAfterTheNewestWereRemovedOneByOne() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);
    store.remove(TOPIC, List.of(3L, 1L, 2L));

    assertThat(Drafts.seqs(store, TOPIC)).isEmpty();
    assertThat(store.extent(TOPIC).count()).isZero();
    assertThat(store.append(TOPIC, List.of(Drafts.plain()), NOW).get(0).seq()).isEqualTo(4);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(4L);
  }

  @Test
  void removingBelowMoreThanThereIsLeavesRoomForWhatComes() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);
    store.removeBelow(TOPIC, 100);

    store.append(TOPIC, Drafts.plain(2, 0), NOW);

    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(4L, 5L);
  }

  @Test
  void singleEventsAreRemovedAndFirstStays() {
    store.append(TOPIC, Drafts.plain(6, 0), NOW);

    store.remove(TOPIC, List.of(1L, 3L, 5L));

    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(2L, 4L, 6L);
    assertThat(store.read(TOPIC, 1, 1).first()).isEqualTo(1);
    assertThat(store.extent(TOPIC).count()).isEqualTo(3);
  }

  @Test
  void removingWhatIsGoneOrNeverWasIsPassedOver() {
    store.append(TOPIC, Drafts.plain(3, 0), NOW);
    store.remove(TOPIC, List.of(2L));

    store.remove(TOPIC, List.of(2L, 2L, 0L, -1L, 99L));

    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 3L);
    assertThat(store.extent(TOPIC).count()).isEqualTo(2);
  }

  @Test
  void aTopicWithFarMoreHolesThanEventsIsReadLikeAnother() {
    for (int i = 0; i < 20; i++) {
      store.append(TOPIC, Drafts.plain(50, 0), NOW);
      List<Long> gone = new ArrayList<>();
      for (long seq = 50L * i + 2; seq <= 50L * (i + 1); seq++) {
        gone.add(seq);
      }
      Collections.shuffle(gone, new Random(i));
      store.remove(TOPIC, gone);
    }
    List<Long> left = new ArrayList<>();
    for (long i = 0; i < 20; i++) {
      left.add(50 * i + 1);
    }

    assertThat(Drafts.seqs(store, TOPIC)).isEqualTo(left);
    assertThat(store.read(TOPIC, 52, 2).events())
        .extracting(EventRecord::seq)
        .containsExactly(101L, 151L);
  }

  @Test
  void bytesGrowWithWhatIsHeldAndAreNoneWhenNothingIs() {
    assumeTrue(knowsBytes(), "this store does not know the bytes of a topic");
    store.append(TOPIC, Drafts.plain(2, 0), NOW);
    long two = store.extent(TOPIC).bytes();
    store.append(TOPIC, Drafts.plain(2, 0), NOW);

    assertThat(store.extent(TOPIC).bytes()).isGreaterThan(two);
    store.remove(TOPIC, List.of(3L));
    store.removeBelow(TOPIC, 5);
    assertThat(store.extent(TOPIC).bytes()).isZero();
  }

  @Test
  void theLatestOfSeveralKeysIsThatOfEach() {
    store.append(
        TOPIC,
        List.of(Drafts.withKey("a"), Drafts.withKey("b"), Drafts.withKey("a"), Drafts.plain()),
        NOW);

    Map<String, EventRecord> latest = latest(List.of("a", "b", "c", "a"), Long.MAX_VALUE);

    assertThat(latest).containsOnlyKeys("a", "b");
    assertThat(latest.get("a").seq()).isEqualTo(3);
    assertThat(latest.get("b").seq()).isEqualTo(2);
    assertThat(latest(List.of(), Long.MAX_VALUE)).isEmpty();
    store.latest("unknown", List.of("a"), Long.MAX_VALUE, event -> fail("no such topic"));
    assertThat(store.latestSeqs("unknown", List.of("a"), Long.MAX_VALUE)).isEmpty();
    assertThat(store.latestSeqs(TOPIC, List.of(), Long.MAX_VALUE)).isEmpty();
  }

  private Map<String, EventRecord> latest(List<String> keys, long atMost) {
    Map<String, EventRecord> found = new HashMap<>();
    store.latest(
        TOPIC,
        keys,
        atMost,
        event -> assertThat(found.put(String.valueOf(event.key()), event)).isNull());
    return found;
  }

  @Test
  void aPageOfLargeEventsIsShortAndLeavesOutNoKey() {
    int size = 3 << 20;
    Map<String, Long> expected = new HashMap<>();
    for (String key : List.of("d", "a", "c", "b")) {
      long seq = store.append(TOPIC, List.of(Drafts.large(key, size)), NOW).get(0).seq();
      expected.put(key, seq);
      store.append(TOPIC, List.of(Drafts.withKey("small-" + key)), NOW);
      expected.put("small-" + key, seq + 1);
    }

    Map<String, Long> seen = new LinkedHashMap<>();
    String after = null;
    do {
      LatestPage page = store.latestPage(TOPIC, after, 100);
      assertThat(page.events()).isNotEmpty();
      assertThat(page.events().stream().mapToLong(e -> e.payload().bytes().length).sum())
          .isLessThan(LatestPage.ENOUGH_BYTES + size + 4096);
      page.events().forEach(event -> seen.put(String.valueOf(event.key()), event.seq()));
      after = page.next();
    } while (after != null);

    assertThat(seen).isEqualTo(expected);
    assertThat(List.copyOf(seen.keySet())).isSortedAccordingTo(Utf8::compare);
    Map<String, Long> together = new HashMap<>();
    latest(List.copyOf(expected.keySet()), Long.MAX_VALUE)
        .forEach((key, event) -> together.put(key, event.seq()));
    assertThat(together).isEqualTo(expected);
  }

  @Test
  void allKeysArePagedThroughEachWithItsLatest() {
    Map<String, Long> expected = new HashMap<>();
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      String key = "k-" + random.nextInt(40) + (i % 7 == 0 ? "-\ud83d\ude00" : "-\uffee");
      expected.put(key, store.append(TOPIC, List.of(Drafts.withKey(key)), NOW).get(0).seq());
    }
    store.append(TOPIC, List.of(Drafts.plain()), NOW);

    for (int limit : new int[] {1, 7, 1000}) {
      Map<String, Long> seen = new HashMap<>();
      String after = null;
      while (true) {
        LatestPage page = store.latestPage(TOPIC, after, limit);
        assertThat(page.events()).hasSizeLessThanOrEqualTo(limit);
        for (EventRecord event : page.events()) {
          assertThat(seen.put(String.valueOf(event.key()), event.seq())).isNull();
        }
        after = page.next();
        if (after == null) {
          break;
        }
        assertThat(after).isEqualTo(page.events().get(page.events().size() - 1).key());
      }
      assertThat(seen).isEqualTo(expected);
    }
    assertThat(store.latestPage("unknown", null, 10)).isEqualTo(new LatestPage(List.of(), null));
    for (int limit : new int[] {0, -1}) {
      assertThatThrownBy(() -> store.latestPage(TOPIC, null, limit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least 1");
    }
  }

  @Test
  void aPageOfKeysFollowsWhatComesAndGoes() {
    store.append(TOPIC, List.of(Drafts.withKey("a"), Drafts.withKey("c"), Drafts.plain()), NOW);
    assertThat(store.latestPage(TOPIC, null, 10).events())
        .extracting(EventRecord::seq)
        .containsExactly(1L, 2L);

    store.append(TOPIC, List.of(Drafts.withKey("b"), Drafts.withKey("a"), Drafts.plain()), NOW);
    store.remove(TOPIC, List.of(2L));

    assertThat(store.latestPage(TOPIC, null, 10).events())
        .extracting(EventRecord::key)
        .containsExactly("a", "b");
    assertThat(store.latestPage(TOPIC, "a", 10).events())
        .extracting(EventRecord::seq)
        .containsExactly(4L);
  }

  @Test
  void whatIsOverItsAgeIsTrimmedUpToThePositionGiven() {
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxAge(Duration.ofHours(30)));
    for (int hour = 0; hour < 6; hour++) {
      store.append(TOPIC, List.of(Drafts.plain()), NOW + Duration.ofHours(hour).toMillis());
    }
    long now = NOW + Duration.ofHours(32).plusMinutes(30).toMillis();

    trim(2, now);
    assertThat(store.bounds(TOPIC).first()).isEqualTo(2);

    trim(Long.MAX_VALUE, now);
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(4L, 5L, 6L);
    assertThat(store.bounds(TOPIC).first()).isEqualTo(4);

    trim(Long.MAX_VALUE, now + Duration.ofHours(30).toMillis());
    assertThat(Drafts.seqs(store, TOPIC)).isEmpty();
    assertThat(store.append(TOPIC, List.of(Drafts.plain()), now).get(0).seq()).isEqualTo(7);
  }

  @Test
  void theNewestEventsAreKeptByCountOnceTheyAreTrimmed() {
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(4));
    store.append(TOPIC, Drafts.plain(10, 0), NOW);

    trim(Long.MAX_VALUE, NOW + Duration.ofDays(3).toMillis());

    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(7L, 8L, 9L, 10L);
    assertThat(store.bounds(TOPIC).first()).isEqualTo(7);
  }

  @Test
  void aTopicWithoutLimitsIsNotTrimmed() {
    store.configure(TOPIC, TopicSettings.UNLIMITED);
    store.append(TOPIC, Drafts.plain(3, 0), NOW);

    assertThat(store.trim(TOPIC, Long.MAX_VALUE, NOW + Duration.ofDays(999).toMillis())).isFalse();
    assertThat(store.trim("unknown", Long.MAX_VALUE, NOW)).isFalse();
    assertThat(Drafts.seqs(store, TOPIC)).containsExactly(1L, 2L, 3L);
    assertThat(store.topics()).containsExactly(TOPIC);
  }

  private void trim(long below, long now) {
    boolean more = true;
    while (more) {
      more = store.trim(TOPIC, below, now);
    }
  }

  /* Topics and settings. */

  @Test
  void topicsAreThoseThatWereAppendedToOrConfigured() {
    store.append(TOPIC, List.of(Drafts.plain()), NOW);
    store.configure("configured", TopicSettings.IN_MEMORY);
    store.read("read", 1, 1);

    assertThat(store.topics()).containsExactlyInAnyOrder(TOPIC, "configured");
  }

  @Test
  void settingsAreThoseLastConfigured() {
    TopicSettings settings = TopicSettings.UNLIMITED.maxAge(Duration.ofHours(3));
    store.configure(TOPIC, TopicSettings.UNLIMITED);
    store.configure(TOPIC, settings);

    assertThat(store.settings(TOPIC)).isEqualTo(settings);
    assertThat(store.settings("other")).isEqualTo(store.settings("another"));
  }

  @Test
  void aFullTopicTakesThePrefixThatFitsAndTheAnswerIsShorter() {
    assumeTrue(canBeFull(), "a topic of this store is never full");
    for (Overflow overflow : List.of(Overflow.BLOCK, Overflow.REJECT)) {
      String topic = "full-" + overflow;
      store.configure(topic, TopicSettings.UNLIMITED.maxEvents(5).overflow(overflow));
      store.append(topic, Drafts.plain(3, 0), NOW);

      assertThat(store.append(topic, Drafts.plain(4, 0), NOW))
          .extracting(Published::seq)
          .containsExactly(4L, 5L);
      assertThat(store.append(topic, Drafts.plain(1, 0), NOW)).isEmpty();

      store.removeBelow(topic, 3);
      assertThat(store.append(topic, Drafts.plain(4, 0), NOW))
          .extracting(Published::seq)
          .containsExactly(6L, 7L);
      assertThat(Drafts.seqs(store, topic)).containsExactly(3L, 4L, 5L, 6L, 7L);
    }
  }

  @Test
  void anIdThatIsThereIsADuplicateInAFullTopicToo() {
    assumeTrue(canBeFull(), "a topic of this store is never full");
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(1).overflow(Overflow.REJECT));
    store.append(TOPIC, List.of(Drafts.withId("a")), NOW);

    assertThat(store.append(TOPIC, List.of(Drafts.withId("a"), Drafts.plain()), NOW))
        .extracting(Published::duplicate)
        .containsExactly(true);
  }

  /* Listeners. */

  @Test
  void aListenerHearsOfEveryAppendOfThisInstanceOnTheAppendingThread() {
    List<Integer> heard = new ArrayList<>();
    Thread appending = Thread.currentThread();
    store.onAppend(
        TOPIC,
        () -> {
          if (Thread.currentThread() == appending) {
            heard.add(store.read(TOPIC, 1, 10).events().size());
          }
        });

    store.append(TOPIC, List.of(Drafts.plain()), NOW);
    store.append(TOPIC, Drafts.plain(2, 0), NOW);
    store.append("other", Drafts.plain(2, 0), NOW);

    assertThat(heard).containsExactly(1, 3);
  }

  @Test
  void aListenerIsHeldForATopicThatIsNotThereYet() {
    List<String> heard = new CopyOnWriteArrayList<>();
    EventStore.Registration registration = store.onAppend(TOPIC, () -> heard.add("called"));
    assertThat(store.topics()).isEmpty();

    store.append(TOPIC, List.of(Drafts.plain()), NOW);

    assertThat(heard).isNotEmpty();
    registration.close();
  }

  @Test
  void aListenerThatWasClosedHearsNothingMore() {
    List<String> closed = new CopyOnWriteArrayList<>();
    List<String> open = new CopyOnWriteArrayList<>();
    EventStore.Registration registration = store.onAppend(TOPIC, () -> closed.add("called"));
    store.onAppend(TOPIC, () -> open.add("called"));

    registration.close();
    registration.close();
    store.append(TOPIC, List.of(Drafts.plain()), NOW);

    assertThat(closed).isEmpty();
    assertThat(open).isNotEmpty();
  }

  @Test
  void aListenerThatThrowsSpoilsNeitherTheAppendNorTheOthers() {
    List<String> heard = new CopyOnWriteArrayList<>();
    store.onAppend(
        TOPIC,
        () -> {
          throw new IllegalStateException("thrown by a test's listener");
        });
    store.onAppend(TOPIC, () -> heard.add("called"));

    assertThat(store.append(TOPIC, List.of(Drafts.plain()), NOW)).hasSize(1);
    assertThat(heard).isNotEmpty();
  }

  private static OptionalLong firstAtOrAfter(List<Long> times, long ts) {
    for (int i = 0; i < times.size(); i++) {
      if (times.get(i) >= ts) {
        return OptionalLong.of(i + 1);
      }
    }
    return OptionalLong.empty();
  }
}
