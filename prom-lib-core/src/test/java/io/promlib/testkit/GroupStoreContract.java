package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.store.Backoff;
import io.promlib.store.Claim;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link GroupStore} promises. A store's own test extends this class; each test gets a
 * store of its own that is empty, and closes it.
 */
@Timeout(180)
public abstract class GroupStoreContract {
  private static final GroupKey GROUP = new GroupKey("orders.placed", "mailer");
  private static final GroupKey OTHER = new GroupKey("orders.placed", "billing");

  private GroupStore store;

  /** An empty store. */
  protected abstract GroupStore create() throws Exception;

  @BeforeEach
  final void open() throws Exception {
    store = create();
  }

  @AfterEach
  final void close() {
    store.close();
  }

  @Test
  void aGroupThatNobodyMadeIsNotThere() {
    assertThat(store.load(GROUP)).isEmpty();
    assertThat(store.list()).isEmpty();
  }

  @Test
  void aGroupThatWasMadeIsLoadedWithTheVersionOfItsMaking() {
    Optional<Versioned> made = store.compareAndSet(GROUP, null, at(5));

    assertThat(made).map(Versioned::state).hasValue(at(5));
    assertThat(store.load(GROUP)).isEqualTo(made);
    assertThat(store.load(OTHER)).isEmpty();
  }

  @Test
  void aStateComesBackWhole() {
    GroupState full = full();
    Version made = make(GROUP, at(1));

    assertThat(store.compareAndSet(GROUP, made, full)).map(Versioned::state).hasValue(full);
    assertThat(store.load(GROUP)).map(Versioned::state).hasValue(full);
  }

  @Test
  void everyKindOfFilterComesBack() {
    List<Filter> filters =
        List.of(
            Filter.ALL,
            new Filter.Match("käse.$", List.of("a", "b"), Map.of("$h.x", "ü")),
            new Filter.Match(null, List.of(), Map.of()),
            new Filter.Named("large"));
    for (int i = 0; i < filters.size(); i++) {
      GroupKey group = new GroupKey("filters", "g" + i);
      GroupSettings settings =
          new GroupSettings(Ordering.TOPIC, filters.get(i), 3, Backoff.DEFAULT, null);
      make(group, GroupState.starting(settings, 1, 0));

      assertThat(store.load(group)).map(v -> v.state().settings()).hasValue(settings);
    }
  }

  @Test
  void aGroupIsMadeOnlyIfItIsNotThere() {
    Version made = make(GROUP, at(1));

    assertThat(store.compareAndSet(GROUP, null, at(9))).isEmpty();
    assertThat(store.load(GROUP)).hasValue(new Versioned(at(1), made));
  }

  @Test
  void aWriteWithTheVersionLoadedReplacesTheState() {
    Version made = make(GROUP, at(1));

    Versioned written = store.compareAndSet(GROUP, made, at(2)).orElseThrow();

    assertThat(written.version()).isNotEqualTo(made);
    assertThat(store.load(GROUP)).hasValue(written);
    assertThat(written.state()).isEqualTo(at(2));
  }

  @Test
  void aWriteWithAnOldVersionChangesNothing() {
    Version made = make(GROUP, at(1));
    Versioned second = store.compareAndSet(GROUP, made, at(2)).orElseThrow();

    assertThat(store.compareAndSet(GROUP, made, at(3))).isEmpty();
    assertThat(store.load(GROUP)).hasValue(second);
  }

  @Test
  void aWriteOfTheSameStateMakesANewVersion() {
    Version made = make(GROUP, at(1));
    Version second = store.compareAndSet(GROUP, made, at(1)).orElseThrow().version();

    assertThat(second).isNotEqualTo(made);
    assertThat(store.compareAndSet(GROUP, made, at(2))).isEmpty();
  }

  @Test
  void aVersionMustAgreeInBothItsParts() {
    Version made = make(GROUP, at(1));

    assertThat(store.compareAndSet(GROUP, new Version(made.count(), made.random() + 1), at(2)))
        .isEmpty();
    assertThat(store.compareAndSet(GROUP, new Version(made.count() + 1, made.random()), at(2)))
        .isEmpty();
    assertThat(store.delete(GROUP, new Version(made.count(), made.random() + 1))).isFalse();
    assertThat(store.load(GROUP)).hasValue(new Versioned(at(1), made));
  }

  @Test
  void aGroupThatWasDeletedIsNotThereAndCannotBeWritten() {
    Version made = make(GROUP, at(1));

    assertThat(store.delete(GROUP, made)).isTrue();
    assertThat(store.load(GROUP)).isEmpty();
    assertThat(store.list()).isEmpty();
    assertThat(store.compareAndSet(GROUP, made, at(2))).isEmpty();
    assertThat(store.delete(GROUP, made)).isFalse();
  }

  @Test
  void aDeleteWithAnOldVersionDeletesNothing() {
    Version made = make(GROUP, at(1));
    Versioned second = store.compareAndSet(GROUP, made, at(2)).orElseThrow();

    assertThat(store.delete(GROUP, made)).isFalse();
    assertThat(store.load(GROUP)).hasValue(second);
  }

  @Test
  void noVersionOfADeletedGroupFitsOneThatWasMadeAnew() {
    Set<Version> old = new HashSet<>();
    for (int round = 0; round < 6; round++) {
      Version version = make(GROUP, at(1));
      for (int write = 0; write < 3; write++) {
        for (Version stale : old) {
          assertThat(store.compareAndSet(GROUP, stale, at(9))).isEmpty();
          assertThat(store.delete(GROUP, stale)).isFalse();
        }
        old.add(version);
        version = store.compareAndSet(GROUP, version, at(1)).orElseThrow().version();
      }
      assertThat(store.delete(GROUP, version)).isTrue();
      old.add(version);
    }
  }

  @Test
  void allGroupsOfAllTopicsAreListed() {
    List<GroupKey> groups = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      GroupKey group = new GroupKey("topic-" + i % 3, "group-" + i);
      groups.add(group);
      make(group, at(1));
    }

    assertThat(store.list()).containsExactlyInAnyOrderElementsOf(groups);
  }

  @Test
  void theGroupsOfATopicAreLoadedTogether() {
    make(new GroupKey("a", "one"), at(1));
    make(new GroupKey("a.b", "two"), at(2));
    Version version = make(new GroupKey("a", "three"), at(3));

    assertThat(store.loadAll("a")).containsOnlyKeys("one", "three");
    assertThat(store.loadAll("a").get("three")).isEqualTo(new Versioned(at(3), version));
    assertThat(store.loadAll("other")).isEmpty();
  }

  @Test
  void aGroupExpiresWhenNobodyUsedItForLongerThanItsLife() {
    long seen = 1_700_000_000_000L;
    Duration life = Duration.ofHours(4);
    GroupSettings mortal = new GroupSettings(Ordering.NONE, Filter.ALL, 5, Backoff.DEFAULT, life);
    make(GROUP, GroupState.starting(mortal, 1, seen));
    make(OTHER, at(1));
    GroupKey claimed = new GroupKey("orders.placed", "claimed");
    long until = seen + Duration.ofHours(9).toMillis();
    make(
        claimed,
        new GroupState(
            mortal,
            1,
            List.of(new Claim("p", "t", until, SeqSet.EMPTY, List.of())),
            List.of(),
            0,
            0,
            seen));

    assertThat(store.expired(seen + Duration.ofHours(5).toMillis())).isEmpty();
    assertThat(store.expired(seen + Duration.ofHours(5).toMillis() + 1)).containsExactly(GROUP);
    assertThat(store.expired(until + 1)).containsExactlyInAnyOrder(GROUP, claimed);
  }

  @Test
  void slotsComeBackWithTheirPositionsClaimsAndEvents() {
    GroupSettings settings = new GroupSettings(Ordering.KEY, Filter.ALL, 5, Backoff.DEFAULT, null);
    Slots slots = Slots.at(40);
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      slots = slots.moved(slot, 40 + slot * 1000L);
    }
    GroupState state =
        new GroupState(
            settings,
            slots.lowest(),
            List.of(
                new Claim("p", "t", 9, SeqSet.EMPTY, List.of()),
                new Claim("p", "t", 9, 0, SeqSet.of(3, 9), List.of(Unfinished.fresh(2, 5, 0))),
                new Claim("q", "u", 8, 31, SeqSet.range(7, 8), List.of())),
            List.of(Unfinished.fresh(4, 6, 17)),
            0,
            0,
            1,
            slots.lostTo(12));

    make(GROUP, state);

    assertThat(store.load(GROUP)).map(Versioned::state).hasValue(state);
  }

  @Test
  void oneOfManyMakersAtOnceWins() {
    for (int round = 0; round < 20; round++) {
      GroupKey group = new GroupKey("races", "g" + round);
      AtomicInteger won = new AtomicInteger();
      Threads.together(
          4,
          thread ->
              store
                  .compareAndSet(group, null, at(thread + 1))
                  .ifPresent(
                      written -> {
                        won.incrementAndGet();
                        assertThat(store.load(group)).hasValue(written);
                      }));
      assertThat(won).hasValue(1);
    }
  }

  @Test
  void noWriteOfManyThreadsIsLost() {
    int threads = 8;
    int each = 50;
    make(GROUP, at(1));

    Threads.together(
        threads,
        thread -> {
          for (int done = 0; done < each; ) {
            Versioned loaded = store.load(GROUP).orElseThrow();
            if (store
                .compareAndSet(GROUP, loaded.version(), at(loaded.state().next() + 1))
                .isPresent()) {
              done++;
            }
          }
        });

    assertThat(store.load(GROUP))
        .map(versioned -> versioned.state().next())
        .hasValue(1 + (long) threads * each);
  }

  private Version make(GroupKey group, GroupState state) {
    return store.compareAndSet(group, null, state).orElseThrow().version();
  }

  private static GroupState at(long next) {
    return GroupState.starting(GroupSettings.DEFAULT, next, 1_700_000_000_000L);
  }

  private static GroupState full() {
    GroupSettings settings =
        new GroupSettings(
            Ordering.KEY,
            new Filter.Match("k", List.of("t"), Map.of("h", "v")),
            7,
            new Backoff(Duration.ofMillis(20), 1.5, Duration.ofMinutes(1), 0.25),
            Duration.ofDays(7));
    Unfinished retried = new Unfinished(3, 2, 1_700_000_000_123L, true, true, null, 0, 0);
    Unfinished redriven = new Unfinished(4, 1, 5, false, false, null, 17, 2);
    Unfinished dead = new Unfinished(9, 5, 6, false, false, "boom \u0000 \ud83d\ude00", 0, 0);
    return new GroupState(
        settings,
        1L << 40,
        List.of(
            new Claim("p1", "t1", 1_700_000_030_000L, SeqSet.of(10, 11, 12, 20), List.of(retried)),
            new Claim("p2", "t2", 0, SeqSet.EMPTY, List.of())),
        List.of(redriven, dead, Unfinished.fresh(8, 0)),
        3,
        12,
        1_700_000_000_456L);
  }
}
