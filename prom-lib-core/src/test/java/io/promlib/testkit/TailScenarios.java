package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.EndReason;
import io.promlib.bus.Gathering;
import io.promlib.bus.StartAt;
import io.promlib.bus.Tail;
import io.promlib.bus.TailEvent;
import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.PublishOptions;
import io.promlib.state.Compactor;
import io.promlib.store.Filter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Following a topic without a group. */
public abstract class TailScenarios extends KeyedScenarios {
  private final List<String> got = new ArrayList<>();
  private final List<String> gaps = new ArrayList<>();
  private final Map<String, String> state = new HashMap<>();
  private Runnable then = () -> {};

  @Test
  void everyTailGetsEveryEventInOrderFromItsStartOn() {
    publishMany(3);
    List<Long> other = new ArrayList<>();
    tail(from(StartAt.EARLIEST));
    bus().tail(ORDERS, from(new StartAt.AfterSeq(2)).build(), e -> other.add(e.record().seq()));
    publishMany(2);
    run();
    assertThat(got).containsExactly("#1", "#2", "#3", "#4", "#5");
    assertThat(other).containsExactly(3L, 4L, 5L);
  }

  @Test
  void itBeginsAtTheTailUnlessToldOtherwise() {
    publishMany(3);
    bus().tail(ORDERS, TailOptions.defaults(), this::note);
    run();
    assertThat(got).isEmpty();
    publish("next");
    run();
    assertThat(got).containsExactly("#4");
  }

  @Test
  void itKnowsHowFarItCameSoThatAnotherGoesOnThere() {
    publishMany(5);
    Tail first = tail(from(StartAt.EARLIEST).batchSize(2));
    then = first::close;
    run();
    assertThat(got).containsExactly("#1");
    assertThat(first.position()).isEqualTo(2);
    then = () -> {};
    tail(from(new StartAt.AfterSeq(first.position() - 1)));
    run();
    assertThat(got).containsExactly("#1", "#2", "#3", "#4", "#5");
  }

  @Test
  void itHearsOfOtherProcessesAppends() {
    tail(TailOptions.builder());
    run();
    newProcess().bus().publish(ORDERS, "from elsewhere");
    pass(Duration.ofSeconds(4));
    assertThat(got).containsExactly("#1");
  }

  @Test
  void aPausedTailStartsNothingAndGoesOnWhereItStood() {
    publishMany(4);
    Tail tail = tail(from(StartAt.EARLIEST));
    then = tail::pause;
    run();
    assertThat(got).containsExactly("#1");
    publish("meanwhile");
    pass(Duration.ofSeconds(10));
    assertThat(got).containsExactly("#1");
    then = () -> {};
    tail.resume();
    run();
    assertThat(got).containsExactly("#1", "#2", "#3", "#4", "#5");
  }

  @Test
  void whatRetentionRemovedBeforeIsToldAsAGap() {
    publishMany(5);
    Tail tail = tail(from(StartAt.EARLIEST));
    tail.pause();
    process().stores().events().removeBelow(ORDERS.name(), 4);
    tail.resume();
    run();
    assertThat(gaps).containsExactly("1 to 3");
    assertThat(got).containsExactly("#4", "#5");
  }

  @Test
  void aResumeFromBeforeTheOldestIsToldTheGapToo() {
    publishMany(5);
    process().stores().events().removeBelow(ORDERS.name(), 6);
    tail(from(new StartAt.AfterSeq(1)));
    publish("next");
    run();
    assertThat(gaps).containsExactly("2 to 5");
    assertThat(got).containsExactly("#6");
  }

  @Test
  void singleEventsThatAreRemovedAreNoGap() {
    publishMany(5);
    process().stores().events().remove(ORDERS.name(), List.of(2L, 4L));
    tail(from(StartAt.EARLIEST));
    run();
    assertThat(got).containsExactly("#1", "#3", "#5");
    assertThat(gaps).isEmpty();
  }

  @Test
  void aSnapshotIsTheLatestOfEveryKeyAndThenWhatIsPublished() {
    publishKeyed("a");
    publishKeyed("b");
    publishKeyed("a");
    publish("without a key");
    publishKeyed("c");
    bus().publish(ORDERS, null, PublishOptions.none().key("c"));
    tail(TailOptions.builder().snapshot().onSnapshot(() -> got.add("begin")).batchSize(1));
    run();
    assertThat(got).startsWith("begin").containsExactlyInAnyOrder("begin", "state #3", "state #2");
    got.clear();
    publishKeyed("b");
    bus().publish(ORDERS, null, PublishOptions.none().key("a"));
    run();
    assertThat(got).containsExactly("#7", "#8");
  }

  @Test
  void whatIsPublishedWhileTheSnapshotIsReadComesOnce() {
    publishKeyed("a");
    publishKeyed("b");
    publishKeyed("c");
    tail(TailOptions.builder().snapshot().batchSize(1));
    List<String> keys = new ArrayList<>(List.of("a", "b", "c", "d"));
    then =
        () -> {
          if (!keys.isEmpty()) {
            publishKeyed(keys.remove(0));
          }
        };
    run();
    assertThat(got).containsExactly("state #1", "state #2", "state #3", "#4", "#5", "#6", "#7");
  }

  @Test
  void aSnapshotHasWhatRetentionTookFromTheTopic() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    put("c", null);
    compactor().build().runToEnd();
    put("b", "2");
    put("d", "1");
    events().removeBelow(ORDERS.name(), 5);

    Tail tail = tail(TailOptions.builder().snapshot().batchSize(1));
    assertThat(tail.position()).isEqualTo(5);
    run();
    assertThat(got).containsExactly("state #1", "state #2", "#5", "#6");
    assertThat(state).isEqualTo(Map.of("a", "1", "b", "2", "d", "1"));
    assertThat(gaps).isEmpty();
  }

  @Test
  void aKeyThatChangesWhileTheSnapshotsAreReadComesWithItsEvents() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    Compactor compactor = compactor().build();
    compactor.runToEnd();
    tail(TailOptions.builder().snapshot().batchSize(1));
    then =
        () -> {
          then = () -> {};
          put("b", "2");
          put("c", null);
          put("a", null);
          put("b", "3");
          compactor.runToEnd();
        };
    run();
    assertThat(got).containsExactly("state #1", "#4", "#5", "#6", "#7");
    assertThat(state).isEqualTo(Map.of("b", "3"));
  }

  @Test
  void manyKeysThatChangeDuringASlowSnapshotAreNotKeptInMind() {
    int keys = 300;
    for (int i = 0; i < keys; i++) {
      put("k%03d".formatted(i), "1");
    }
    Compactor compactor = compactor().build();
    compactor.runToEnd();
    Tail tail = tail(TailOptions.builder().snapshot().batchSize(7).paused());
    for (int i = 0; i < keys; i++) {
      put("k%03d".formatted(i), "2");
    }
    compactor.runToEnd();
    tail.resume();
    run();
    // Every snapshot is of behind the floor that it began with: each key comes with its event,
    // once.
    assertThat(got).hasSize(keys).doesNotHaveDuplicates().noneMatch(e -> e.startsWith("state"));
    assertThat(state).hasSize(keys).containsValue("2").doesNotContainValue("1");
  }

  @Test
  void aSnapshotOfACompactorThatFellBehindRetentionTellsTheGap() {
    put("a", "1");
    put("b", "1");
    compactor().build().runToEnd();
    put("a", "2");
    put("c", "1");
    put("d", "1");
    events().removeBelow(ORDERS.name(), 5);
    tail(TailOptions.builder().snapshot());
    run();
    assertThat(got).containsExactly("state #1", "state #2", "#5");
    assertThat(gaps).containsExactly("3 to 4");
  }

  @Test
  void aCompactorThatWasSoughtBackLosesNoKeyThatOnlyItsSnapshotsHave() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    Compactor compactor = compactor().build();
    compactor.runToEnd();
    events().removeBelow(ORDERS.name(), 3);
    assertThat(
            bus().admin().seek(ORDERS.name(), compactor.source().group().group(), StartAt.EARLIEST))
        .isTrue();
    tail(TailOptions.builder().snapshot());
    run();
    assertThat(got).containsExactly("state #1", "state #2", "#3");
  }

  @Test
  void aCompactorThatIsMovedBackWhileTheSnapshotIsReadBringsNoDeletedKeyBack() {
    put("a", "1");
    put("b", "1");
    long there = put("gone", "1");
    compactor().build().runToEnd();
    put("gone", null);
    compactor().build().runToEnd();
    clock.advance(Duration.ofDays(1));
    compactor().build().runToEnd();
    Compactor again = compactor().batchSize(1).build();
    tail(TailOptions.builder().snapshot().batchSize(1));
    then =
        () -> {
          then = () -> {};
          String group = again.source().group().group();
          assertThat(bus().admin().seek(ORDERS.name(), group, StartAt.EARLIEST)).isTrue();
          while (again.floor() < there) {
            again.runOnce();
          }
          assertThat(snapshotted()).containsKey("gone");
        };
    run();
    again.runToEnd();
    run();
    assertThat(got).containsExactly("state #1", "state #2");
    assertThat(state).isEqualTo(fold());
  }

  /** A tail's handler that keeps what it is handed until the pause. */
  private final class Keeping implements TailHandler<String>, Gathering {
    private final List<Long> kept = new ArrayList<>();

    @Override
    public void handle(TailEvent<String> event) {
      kept.add(event.record().seq());
    }

    @Override
    public void onPause() {
      kept.forEach(seq -> got.add("#" + seq));
      kept.clear();
    }
  }

  @Test
  void whatWasGatheredIsSentOnThoughTheStoreFailsThen() {
    for (Throwable failure : List.of(new IllegalStateException("away"), new AssertionError("!"))) {
      SteppedStores stepped = new SteppedStores(connection());
      publishKeyed("a");
      TestProcess other = newProcess(stepped.stores(), builder -> builder);
      Tail tail = other.bus().tail(ORDERS, TailOptions.builder().snapshot().build(), new Keeping());
      stepped.at(
          1,
          false,
          () -> {
            if (failure instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) failure;
          });
      run();
      assertThat(other.heard().calls("error")).hasSize(1);
      assertThat(got).hasSize(1);
      got.clear();
      pass(SECOND);
      publish("next");
      run();
      assertThat(got).isNotEmpty();
      tail.close();
      got.clear();
    }
  }

  @Test
  void withoutACompactorWhatRetentionTakesMeanwhileIsTold() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    put("d", "1");
    tail(TailOptions.builder().snapshot().batchSize(1));
    then =
        () -> {
          then = () -> {};
          events().removeBelow(ORDERS.name(), 4);
        };
    run();
    assertThat(got).containsExactly("state #1", "state #4");
    assertThat(gaps).containsExactly("1 to 3");
    put("a", "2");
    run();
    assertThat(got).endsWith("#5");
    assertThat(gaps).hasSize(1);
  }

  @Test
  void whatRetentionTookBeforeIsNoGapOfASnapshot() {
    put("a", "1");
    put("b", "1");
    events().removeBelow(ORDERS.name(), 2);
    tail(TailOptions.builder().snapshot());
    run();
    assertThat(got).containsExactly("state #2");
    assertThat(gaps).isEmpty();
  }

  @Test
  void snapshotsThatGoByOtherKeysAreNotTheStateOfTheTopic() {
    put("a", "1");
    put("b", "1");
    compactor().keys(Set.of("a")).build().runToEnd();
    tail(TailOptions.builder().snapshot());
    run();
    assertThat(got).containsExactly("state #1", "state #2");
  }

  @Test
  void aFilterByWhatNoSnapshotHoldsFindsItInTheTopic() {
    PublishOptions red = PublishOptions.none().tags(List.of("red"));
    bus().publish(ORDERS, "x", red.key("a"));
    put("b", "1");
    compactor().build().runToEnd();
    tail(TailOptions.builder().snapshot().filter(new Filter.Match(null, List.of("red"), Map.of())));
    run();
    bus().publish(ORDERS, "y", red.key("b"));
    run();
    assertThat(got).containsExactly("state #1", "#3");
  }

  @Test
  void aFilterByKeyFindsItsSnapshot() {
    put("a", "1");
    put("b", "1");
    compactor().build().runToEnd();
    events().removeBelow(ORDERS.name(), 3);
    tail(TailOptions.builder().snapshot().filter(new Filter.Match("b", List.of(), Map.of())));
    run();
    assertThat(got).containsExactly("state #2");
  }

  @Test
  void onlyWhatTheFilterMatchesComes() {
    bus().publish(ORDERS, "x", PublishOptions.none().tags(List.of("red")));
    bus().publish(ORDERS, "y", PublishOptions.none().tags(List.of("blue")));
    Filter.Match red = new Filter.Match(null, List.of("red"), Map.of());
    Tail tail = tail(from(StartAt.EARLIEST).filter(red));
    run();
    assertThat(got).containsExactly("#1");
    assertThat(tail.position()).isEqualTo(3);
  }

  @Test
  void aHandlerThatThrowsIsHeardOfAndTheTailGoesOn() {
    publishMany(3);
    then =
        () -> {
          throw new IllegalStateException("boom");
        };
    tail(from(StartAt.EARLIEST));
    run();
    assertThat(got).containsExactly("#1", "#2", "#3");
    assertThat(process().heard().calls("error")).hasSize(3);
  }

  @Test
  void aReadThatFailsIsTriedAgain() {
    TestProcess failing = newProcess(FailingStores.reading(connection()), builder -> builder);
    failing.bus().publish(ORDERS, "a");
    failing.bus().tail(ORDERS, from(StartAt.EARLIEST).build(), this::note);
    run();
    assertThat(got).isEmpty();
    pass(SECOND);
    assertThat(got).containsExactly("#1");
  }

  @Test
  void aClosedTailGetsNothingMoreAndSaysWhy() {
    Tail tail = tail(TailOptions.builder());
    assertThat(tail.ended()).isNotDone();
    tail.close();
    tail.close();
    publish("a");
    pass(Duration.ofSeconds(10));
    assertThat(got).isEmpty();
    assertThat(tail.ended()).isCompletedWithValue(EndReason.CLOSED);
  }

  @Test
  void aClosedBusEndsItsTails() {
    Tail tail = tail(TailOptions.builder());
    run();
    bus().close();
    assertThat(tail.ended()).isCompletedWithValue(EndReason.BUS_CLOSED);
    assertThatThrownBy(() -> tail(TailOptions.builder())).isInstanceOf(BusClosedException.class);
  }

  @Test
  void aStartThatIsNotInTheTopicIsRefused() {
    publish("a");
    assertThatThrownBy(() -> tail(from(new StartAt.AfterSeq(2))))
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("beyond the tail");
    assertThatThrownBy(() -> tail(from(new StartAt.AfterId("nobody"))))
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void choicesOutOfRangeAreNamed() {
    assertThatThrownBy(() -> TailOptions.builder().batchSize(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batchSize");
    assertThatThrownBy(() -> TailOptions.builder().batchSize(4001).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batchSize");
    assertThatThrownBy(() -> from(StartAt.EARLIEST).snapshot().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snapshot");
  }

  private static TailOptions.Builder from(StartAt start) {
    return TailOptions.builder().startAt(start);
  }

  private Tail tail(TailOptions.Builder options) {
    return bus()
        .tail(
            ORDERS,
            options.gapListener((from, to) -> gaps.add(from + " to " + to)).build(),
            this::note);
  }

  private void note(TailEvent<String> event) {
    got.add((event.isSnapshot() ? "state #" : "#") + event.record().seq());
    String key = event.record().key();
    if (key != null && event.isTombstone()) {
      state.remove(key);
    } else if (key != null) {
      state.put(key, event.payload());
    }
    then.run();
  }
}
