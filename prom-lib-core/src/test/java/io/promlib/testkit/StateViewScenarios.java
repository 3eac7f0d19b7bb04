package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.LimitException;
import io.promlib.bus.StartAt;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.state.KeySource;
import io.promlib.state.State;
import io.promlib.state.StateView;
import io.promlib.state.StateViewListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A warm copy of a state, step by step. */
public abstract class StateViewScenarios extends KeyedScenarios {
  private final List<String> heard = new ArrayList<>();

  private final StateViewListener listener =
      new StateViewListener() {
        @Override
        public void onGap(long from, long to) {
          heard.add("gap " + from + "-" + to);
        }

        @Override
        public void onBadEvent(String key, long seq, RuntimeException error) {
          heard.add("bad " + key + " " + seq);
        }

        @Override
        public void onError(RuntimeException error) {
          heard.add("error");
          throw new IllegalStateException("a listener that fails");
        }
      };

  @Test
  void withoutACompactorItIsTheFoldOfTheTopic() {
    put("a", "1");
    put("b", "1");
    publish("no key");
    put("a", "2");
    put("b", null);

    try (StateView<String> view = view()) {
      assertThat(view.state()).isEqualTo(new State<>(5, Map.of("a", "2")));
      assertThat(view.get("a")).contains("2");
      assertThat(view.get("b")).isEmpty();
      assertThat(view.seq()).isEqualTo(5);
      assertThat(view.size()).isEqualTo(1);
    }
  }

  @Test
  void ofAnEmptyTopicItIsEmpty() {
    try (StateView<String> view = view()) {
      assertThat(view.state()).isEqualTo(new State<>(0, Map.of()));
      put("a", "1");
      run();
      assertThat(view.state()).isEqualTo(new State<>(1, Map.of("a", "1")));
    }
  }

  @Test
  void itStartsFromTheSnapshotsAndGoesOnBehindThem() {
    for (int i = 0; i < 20; i++) {
      put("k" + i % 5, "v" + i);
    }
    put("k1", null);
    compactor().build().runToEnd();
    put("k2", "later");
    put("k3", null);
    put("new", "1");
    events().removeBelow(ORDERS.name(), 22);

    try (StateView<String> view = view()) {
      assertThat(view.state())
          .isEqualTo(new State<>(24, Map.of("k0", "v15", "k2", "later", "k4", "v19", "new", "1")));
    }
  }

  @Test
  void snapshotsThatAreAheadOfTheFloorHideWhatIsOlder() {
    put("a", "1");
    put("b", "1");
    put("a", "2");
    put("b", null);
    put("b", "3");
    put("b", null);
    compactor().build().runToEnd();
    put("b", "4");
    compactor().build().runToEnd();
    put("b", null);
    compactor().build().runToEnd();
    assertThat(
            bus()
                .admin()
                .seek(
                    ORDERS.name(), compactor().build().source().group().group(), StartAt.EARLIEST))
        .isTrue();

    try (StateView<String> view = view()) {
      assertThat(view.state()).isEqualTo(new State<>(8, Map.of("a", "2")));
    }
  }

  @Test
  void itIsKeptCurrentAndTellsWhatChanged() {
    put("a", "1");
    try (StateView<String> view = view()) {
      StateView.Registration registration =
          view.onChange((key, value, seq) -> heard.add(key + "=" + value + "@" + seq));
      view.onChange(
          (key, value, seq) -> {
            throw new IllegalStateException("a listener that fails");
          });
      State<String> before = view.state();
      put("a", "2");
      run();
      put("b", "1");
      put("a", null);
      put("c", "1");
      put("c", "2");
      run();
      assertThat(view.state()).isEqualTo(new State<>(6, Map.of("b", "1", "c", "2")));
      assertThat(before).isEqualTo(new State<>(1, Map.of("a", "1")));
      assertThat(heard).containsExactly("a=2@2", "b=1@3", "a=null@4", "c=2@6");
      registration.close();
      put("a", "3");
      run();
      assertThat(heard).hasSize(4);
      assertThatThrownBy(() -> view.all().put("x", "y"))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void itHoldsNoThreadAndAsksNothingWhileNothingComes() {
    put("a", "1");
    try (StateView<String> view = view()) {
      assertThat(process().workers().waiting()).isZero();
      pass(Duration.ofSeconds(5));
      publish("no key");
      run();
      assertThat(view.seq()).isEqualTo(2);
    }
  }

  @Test
  void onceClosedItStandsStill() {
    put("a", "1");
    StateView<String> view = view();
    view.close();
    view.close();
    put("a", "2");
    run();
    assertThat(view.state()).isEqualTo(new State<>(1, Map.of("a", "1")));
  }

  @Test
  void aPositionIsWaitedFor() throws InterruptedException {
    put("a", "1");
    try (StateView<String> view = view()) {
      assertThat(view.awaitSeq(1, Duration.ofSeconds(1))).isTrue();
      assertThat(view.awaitSeq(2, Duration.ZERO)).isFalse();
      assertThatThrownBy(() -> view.awaitSeq(2, Duration.ofSeconds(-1)))
          .isInstanceOf(IllegalArgumentException.class);
      Threads.together(
          2,
          thread -> {
            if (thread == 0) {
              put("a", "2");
              run();
            } else {
              assertThat(awaited(view, 2)).isTrue();
            }
          });
    }
  }

  private static boolean awaited(StateView<String> view, long seq) {
    try {
      return view.awaitSeq(seq, Duration.ofSeconds(60));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void keysComeFromWhereItIsTold() {
    publish("x");
    publish("y");
    KeySource source = KeySource.of("payload", event -> event.payload().tree().asText());
    compactor().keySource(source).build().runToEnd();
    publish("z");

    try (StateView<String> view =
        StateView.builder(bus(), ORDERS).keySource(source).keys(null).open()) {
      assertThat(view.all()).containsOnlyKeys("x", "y", "z");
    }
    assertThatThrownBy(() -> StateView.open(bus(), ORDERS))
        .isInstanceOf(GroupMismatchException.class);
    assertThatThrownBy(() -> StateView.builder(bus(), ORDERS).keys(Set.of("x")).open())
        .isInstanceOf(GroupMismatchException.class);
  }

  @Test
  void onlyTheKeysThatItIsRestrictedToAreHeld() {
    put("a", "1");
    put("b", "1");
    try (StateView<String> view = StateView.builder(bus(), ORDERS).keys(Set.of("a", "c")).open()) {
      put("c", "1");
      put("d", "1");
      run();
      assertThat(view.all()).containsOnlyKeys("a", "c");
    }
  }

  @Test
  void moreKeysThanItMayHoldAreRefused() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    assertThatThrownBy(() -> StateView.builder(bus(), ORDERS).maxKeys(2).open())
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("maxKeys");
    assertThatThrownBy(() -> StateView.builder(bus(), ORDERS).maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class);

    try (StateView<String> view =
        StateView.builder(bus(), ORDERS).maxKeys(3).listener(listener).open()) {
      put("a", null);
      put("d", "1");
      run();
      assertThat(view.size()).isEqualTo(3);
      put("e", "1");
      run();
      assertThatThrownBy(view::state).isInstanceOf(LimitException.class);
      assertThatThrownBy(() -> view.get("a")).isInstanceOf(LimitException.class);
      assertThatThrownBy(() -> view.awaitSeq(9, Duration.ofMinutes(1)))
          .isInstanceOf(LimitException.class);
      assertThat(heard).containsExactly("error");
    }
  }

  @Test
  void aPayloadOfAnotherTypeIsLeftOutAndTold() {
    put("a", "1");
    put("b", "x");
    Topic<Integer> numbers = Topic.of(ORDERS.name(), Integer.class);
    try (StateView<Integer> view = StateView.builder(bus(), numbers).listener(listener).open()) {
      assertThat(view.state()).isEqualTo(new State<>(2, Map.of("a", 1)));
      bus().publish(numbers, 7, PublishOptions.none().key("b"));
      run();
      assertThat(view.all()).isEqualTo(Map.of("a", 1, "b", 7));
      put("a", "y");
      run();
      assertThat(view.all()).isEqualTo(Map.of("b", 7));
      assertThat(heard).containsExactly("bad b 2", "bad a 4");
    }
  }

  /* Falling behind. */

  @Test
  void whenRetentionOvertookItItBeginsAnewFromTheSnapshots() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    try (StateView<String> view = StateView.builder(bus(), ORDERS).listener(listener).open()) {
      view.onChange((key, value, seq) -> heard.add(key + "=" + value + "@" + seq));
      run();
      put("a", "2");
      put("b", null);
      put("d", "1");
      compactor().build().runToEnd();
      put("e", "1");
      events().removeBelow(ORDERS.name(), 7);
      run();

      assertThat(view.state())
          .isEqualTo(new State<>(7, Map.of("a", "2", "c", "1", "d", "1", "e", "1")));
      assertThat(heard).containsExactlyInAnyOrder("a=2@4", "b=null@7", "d=1@6", "e=1@7");
    }
  }

  @Test
  void whatNoSnapshotHoldsIsToldAsAGapOnce() {
    put("a", "1");
    put("b", "1");
    try (StateView<String> view = StateView.builder(bus(), ORDERS).listener(listener).open()) {
      run();
      put("a", "2");
      put("b", "2");
      put("c", "1");
      events().removeBelow(ORDERS.name(), 5);
      run();

      assertThat(heard).containsExactly("gap 3-4");
      assertThat(view.state()).isEqualTo(new State<>(5, Map.of("c", "1")));
    }
  }

  @Test
  void aColdStartBehindASlowCompactorTellsTheGap() {
    put("a", "1");
    compactor().build().runToEnd();
    put("b", "1");
    put("c", "1");
    events().removeBelow(ORDERS.name(), 3);

    try (StateView<String> view = StateView.builder(bus(), ORDERS).listener(listener).open()) {
      assertThat(heard).containsExactly("gap 2-2");
      assertThat(view.state()).isEqualTo(new State<>(3, Map.of("a", "1", "c", "1")));
    }
  }

  @Test
  void aViewThatMeetsTheHolesOfLogCompactionNamesNoStateInBetween() {
    for (int i = 1; i <= 6; i++) {
      put("k" + i % 2, "v" + i);
    }
    try (StateView<String> view = view()) {
      List<State<String>> seen = new ArrayList<>();
      for (int i = 7; i <= 12; i++) {
        put("k" + i % 2, "v" + i);
      }
      compactor().compactLog(true).dedupeWindow(Duration.ZERO).build().runToEnd();
      view.onChange((key, value, seq) -> seen.add(view.state()));
      run();
      assertThat(seen).extracting(State::seq).containsOnly(12L);
      assertThat(view.state()).isEqualTo(new State<>(12, fold()));
    }
    try (StateView<String> cold = view()) {
      assertThat(cold.state()).isEqualTo(new State<>(12, fold()));
    }
  }

  /* A store that fails. */

  @Test
  void whileTheStoreFailsItStandsStillAndThenGoesOn() {
    put("a", "1");
    SteppedStores stepped = new SteppedStores(connection());
    TestProcess other = newProcess(stepped.stores(), builder -> builder);
    try (StateView<String> view =
        StateView.builder(other.bus(), ORDERS).listener(listener).open()) {
      run();
      stepped.at(
          0,
          false,
          () -> {
            throw new IllegalStateException("the store is away");
          });
      put("a", "2");
      run();
      assertThat(view.seq()).isEqualTo(1);
      pass(Duration.ofSeconds(2));
      assertThat(view.state()).isEqualTo(new State<>(2, Map.of("a", "2")));
      assertThat(heard).containsExactly("error");
    }
  }
}
