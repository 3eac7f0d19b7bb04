package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.StartAt;
import io.promlib.state.Compactor;
import io.promlib.state.CompactorBuilder;
import io.promlib.state.PastState;
import io.promlib.state.Snapshot;
import io.promlib.state.SnapshotPage;
import io.promlib.state.Snapshots;
import io.promlib.state.StateView;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A reader of snapshots that is slow, while the compactor does the worst between its calls. */
public abstract class ColdStartScenarios extends KeyedScenarios {
  private static final Duration DAY = Duration.ofDays(1);

  /** What happens before one of the reader's calls. */
  private interface Event {
    /** Gives what the reader is to show in the end. */
    Map<String, String> happens(int round);
  }

  /** Opens a view again and again, with the event before each of its calls in turn. */
  private void slowly(Prepared before, SteppedStores stepped, Event event) {
    publish("without a key, by the first process");
    TestProcess reader = newProcess(stepped.stores(), builder -> builder);
    boolean over = false;
    int rounds = 0;
    for (int round = 0; !over; round++) {
      before.round(round);
      int now = round;
      AtomicReference<Map<String, String>> expected = new AtomicReference<>();
      stepped.at(round, false, () -> expected.set(event.happens(now)));
      try (StateView<String> view = StateView.open(reader.bus(), ORDERS)) {
        over = expected.get() == null;
        rounds++;
        run();
        if (!over) {
          assertThat(view.all()).as("before call %d", round).isEqualTo(expected.get());
        }
      }
      compactor().build().runToEnd();
    }
    assertThat(rounds).isGreaterThan(5);
  }

  private interface Prepared {
    void round(int round);
  }

  /* The compactor is moved back. */

  private long seqOfGone;

  /** A key that was there, was deleted, and is forgotten. */
  private void forgotten(int round) {
    String gone = "gone" + round;
    put("stays", "of " + round);
    seqOfGone = put(gone, "1");
    compactor().build().runToEnd();
    put(gone, null);
    compactor().build().runToEnd();
    clock.advance(DAY);
    compactor().build().runToEnd();
    assertThat(snapshots()).extracting(Snapshot::key).doesNotContain(gone);
  }

  /** Folds again, up to where the forgotten key was there. */
  private void fold(boolean deleted) {
    Compactor again = compactor().batchSize(1).build();
    String group = again.source().group().group();
    assertThat(
            deleted
                ? bus().admin().deleteGroup(ORDERS.name(), group)
                : bus().admin().seek(ORDERS.name(), group, StartAt.EARLIEST))
        .isTrue();
    while (again.floor() < seqOfGone) {
      again.runOnce();
    }
    assertThat(snapshots()).extracting(Snapshot::seq).contains(seqOfGone);
  }

  @Test
  void aCompactorThatIsMovedBackBringsNoDeletedKeyBack() {
    slowly(
        this::forgotten,
        new SteppedStores(connection()),
        round -> {
          fold(false);
          return fold();
        });
  }

  @Test
  void norOneThatIsDeleted() {
    slowly(
        this::forgotten,
        new SteppedStores(connection()),
        round -> {
          fold(true);
          return fold();
        });
  }

  @Test
  void norOneThatIsAsFarAgainWhenTheReaderIsAtItsEnd() {
    for (int later = 1; later < 5; later++) {
      int calls = later;
      SteppedStores stepped = new SteppedStores(connection());
      slowly(
          this::forgotten,
          stepped,
          round -> {
            fold(calls % 2 == 0);
            stepped.at(calls, false, () -> compactor().build().runToEnd());
            return fold();
          });
    }
  }

  @Test
  void aReaderThatNeverSeesItStandEndsWithThat() {
    put("a", "1");
    compactor().build().runToEnd();
    TestProcess other = newProcess(FailingStores.growing(connection()), builder -> builder);

    CompletableFuture<StateView<String>> opened =
        CompletableFuture.supplyAsync(() -> StateView.open(other.bus(), ORDERS));
    Awaitility.await()
        .until(
            () -> {
              clock.advance(Duration.ofMillis(50));
              return opened.isDone();
            });

    assertThatThrownBy(opened::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("published all the while");
    Snapshots snapshots = Snapshots.of(other.bus(), ORDERS.name());
    assertThatThrownBy(() -> snapshots.fold(0, (sum, snapshot) -> sum + 1))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("published all the while");
  }

  /* Tombstones go. */

  private CompactorBuilder forgetful(boolean compactLog) {
    return compactor().compactLog(compactLog).dedupeWindow(Duration.ZERO);
  }

  /** Deletes a key, and has its tombstone come and go. */
  private void forget(String key, boolean compactLog) {
    put(key, null);
    forgetful(compactLog).build().runToEnd();
    assertThat(snapshots()).filteredOn(Snapshot::isTombstone).isNotEmpty();
    clock.advance(DAY);
    forgetful(compactLog).build().runToEnd();
    assertThat(snapshots()).extracting(Snapshot::key).doesNotContain(key);
  }

  private void there(int round) {
    put("a" + round, "1");
    put("stays", "of " + round);
    compactor().build().runToEnd();
  }

  @Test
  void aTombstoneThatComesAndGoesWhileAReaderSleepsDeletesItsKey() {
    for (boolean compactLog : new boolean[] {false, true}) {
      slowly(
          this::there,
          new SteppedStores(connection()),
          round -> {
            forget("a" + round, compactLog);
            return fold();
          });
    }
  }

  @Test
  void evenWhereRetentionTookTheDeletion() {
    Map<String, String> all = new TreeMap<>();
    slowly(
        round -> {
          there(round);
          all.put("stays", "of " + round);
        },
        new SteppedStores(connection()),
        round -> {
          forget("a" + round, false);
          events().removeBelow(ORDERS.name(), put("last", "1"));
          all.put("last", "1");
          return all;
        });
  }

  @Test
  void aKeyThatCameBackMeanwhileIsThere() {
    slowly(
        this::there,
        new SteppedStores(connection()),
        round -> {
          forget("a" + round, true);
          put("a" + round, "again");
          return fold();
        });
  }

  /* What is no snapshot. */

  @Test
  void whatIsNoSnapshotIsPassedOver() {
    for (String key : List.of("a", "b", "c", "d")) {
      put(key, "1");
    }
    compactor().build().runToEnd();
    events().append(SNAPSHOTS, Drafts.withKey("b"), clock.millis());
    events().append(SNAPSHOTS, Drafts.withKey("bb"), clock.millis());
    events().append(SNAPSHOTS, Drafts.plain(), clock.millis());

    Snapshots snapshots = Snapshots.of(bus(), ORDERS.name());
    assertThat(snapshots.get("b")).isEmpty();
    SnapshotPage page = snapshots.page(null, 2);
    assertThat(page.snapshots()).extracting(Snapshot::key).containsExactly("a");
    assertThat(page.next()).isEqualTo("b");
    try (StateView<String> view = view()) {
      assertThat(view.all()).containsOnlyKeys("a", "c", "d");
    }
    put("b", "2");
    put("e", "1");
    events().removeBelow(ORDERS.name(), 5);
    assertThat(keys(snapshots.atSeq(6))).containsExactly("a", "b", "c", "d", "e");
    clock.advance(DAY);
    compactor().build().runToEnd();
    try (StateView<String> view = view()) {
      assertThat(view.all()).containsOnlyKeys("a", "b", "c", "d", "e");
    }
  }

  private static List<String> keys(PastState past) {
    List<String> keys = new ArrayList<>();
    String after = null;
    do {
      SnapshotPage page = past.page(after, 1);
      page.snapshots().forEach(snapshot -> keys.add(snapshot.key()));
      after = page.next();
    } while (after != null);
    return keys;
  }

  /* Room. */

  @Test
  void whatIsDeletedTakesNoRoom() {
    int many = 1200;
    for (int i = 0; i < many; i++) {
      put("k" + i, "1");
    }
    compactor().build().runToEnd();
    for (int i = 0; i < many; i++) {
      put("k" + i, null);
    }
    compactor().build().runToEnd();
    assertThat(snapshots()).filteredOn(Snapshot::isTombstone).hasSize(many);
    put("a", "1");

    try (StateView<String> view = StateView.builder(bus(), ORDERS).maxKeys(1).open()) {
      assertThat(view.all()).isEqualTo(Map.of("a", "1"));
      List<String> heard = new ArrayList<>();
      view.onChange((key, value, seq) -> heard.add(key + "=" + value));
      for (int i = 0; i < many; i++) {
        put("k" + i, null);
      }
      put("a", "2");
      run();
      assertThat(heard).containsExactly("a=2");
    }
  }
}
