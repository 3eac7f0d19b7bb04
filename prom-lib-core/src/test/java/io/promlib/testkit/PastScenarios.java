package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.UnknownPositionException;
import io.promlib.event.EventRecord;
import io.promlib.state.KeySource;
import io.promlib.state.PastState;
import io.promlib.state.Snapshot;
import io.promlib.state.SnapshotPage;
import io.promlib.state.Snapshots;
import io.promlib.state.StateGoneException;
import io.promlib.state.StateSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What was true then, and folds of what is true now. */
public abstract class PastScenarios extends KeyedScenarios {

  private Snapshots read() {
    return Snapshots.of(bus(), ORDERS.name());
  }

  private static Map<String, String> paged(PastState past, int limit) {
    Map<String, String> values = new TreeMap<>();
    String after = null;
    do {
      SnapshotPage page = past.page(after, limit);
      assertThat(page.snapshots()).hasSizeLessThanOrEqualTo(limit);
      for (Snapshot snapshot : page.snapshots()) {
        assertThat(values.put(snapshot.key(), snapshot.payload().tree().asText())).isNull();
      }
      after = page.next();
    } while (after != null);
    return values;
  }

  private void assertIsTheFold(PastState past) {
    Map<String, String> fold = fold(past.seq());
    assertIs(past, fold);
  }

  private static void assertIs(PastState past, Map<String, String> fold) {
    for (int limit : new int[] {1, 3, 100}) {
      assertThat(paged(past, limit)).isEqualTo(fold);
    }
    fold.forEach(
        (key, value) ->
            assertThat(past.get(key).orElseThrow().payload().tree().asText()).isEqualTo(value));
    assertThat(past.get("never")).isEmpty();
    Map<String, String> folded =
        past.fold(
            new TreeMap<>(),
            (values, snapshot) -> {
              values.put(snapshot.key(), snapshot.payload().tree().asText());
              return values;
            });
    assertThat(folded).isEqualTo(fold);
  }

  @Test
  void theStateAtATimeIsTheFoldOfWhatWasAppendedUntilThen() {
    Random random = new Random(3);
    for (int i = 1; i <= 60; i++) {
      put("k" + random.nextInt(8), random.nextInt(4) == 0 ? null : "v" + i);
      if (i % 3 == 0) {
        clock.advance(SECOND);
      }
    }
    Instant end = clock.wall().instant();
    for (int back = 0; back <= 21; back += 3) {
      PastState past = read().at(end.minus(SECOND.multipliedBy(back)).minusMillis(1));
      assertThat(past.seq()).isEqualTo(Math.max(0, 60 - 3L * back));
      assertIsTheFold(past);
    }
    assertThat(read().at(end.plus(Duration.ofDays(1))).seq()).isEqualTo(60);
    assertThat(read().at(Instant.EPOCH).seq()).isZero();
  }

  @Test
  void aPositionThatIsNotThereIsRefused() {
    put("a", "1");
    assertThatThrownBy(() -> read().atSeq(2)).isInstanceOf(UnknownPositionException.class);
    assertThatThrownBy(() -> read().atSeq(-1)).isInstanceOf(UnknownPositionException.class);
    PastState past = read().atSeq(1);
    assertThatThrownBy(() -> past.page(null, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> past.get("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Snapshots.of(bus(), StateSource.of(ORDERS.name()).keySource(KeySource.field("k")))
                    .atSeq(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("own keys");
  }

  @Test
  void aStateBeforeLogCompactionIsRefused() {
    for (int i = 1; i <= 6; i++) {
      put("k" + i % 2, "v" + i);
    }
    PastState early = read().atSeq(3);
    compactor().compactLog(true).dedupeWindow(Duration.ZERO).build().runToEnd();
    put("k0", "later");

    assertThatThrownBy(() -> read().atSeq(5))
        .isInstanceOf(StateGoneException.class)
        .hasMessageContaining("6");
    assertThatThrownBy(() -> early.get("k0")).isInstanceOf(StateGoneException.class);
    assertThatThrownBy(() -> early.page(null, 10)).isInstanceOf(StateGoneException.class);
    assertIs(read().atSeq(6), Map.of("k0", "v6", "k1", "v5"));
    assertIsTheFold(read().atSeq(7));
  }

  @Test
  void whereRetentionTookTheBeginningTheSnapshotsStandInForIt() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    put("b", null);
    put("a", "2");
    compactor().build().runToEnd();
    clock.advance(SECOND);
    put("d", "1");
    put("c", "2");
    put("a", null);
    events().removeBelow(ORDERS.name(), 5);

    assertIs(read().atSeq(5), Map.of("a", "2", "c", "1"));
    assertIs(read().atSeq(6), Map.of("a", "2", "c", "1", "d", "1"));
    assertIs(read().atSeq(7), Map.of("a", "2", "c", "2", "d", "1"));
    assertIs(read().atSeq(8), Map.of("c", "2", "d", "1"));
    assertThatThrownBy(() -> read().atSeq(3)).isInstanceOf(StateGoneException.class);
    PastState before = read().atSeq(4);
    assertThatThrownBy(() -> before.get("c"))
        .isInstanceOf(StateGoneException.class)
        .hasMessageContaining("5");
    assertThatThrownBy(() -> before.page(null, 5)).isInstanceOf(StateGoneException.class);
    assertThatThrownBy(() -> read().at(Instant.EPOCH)).isInstanceOf(StateGoneException.class);
    assertThat(read().atSeq(5).get("a").orElseThrow().seq()).isEqualTo(5);
  }

  @Test
  void whereRetentionOvertookTheCompactorTheLatestIsWhatTheTopicHolds() {
    put("gone", "1");
    put("kept", "1");
    compactor().build().runToEnd();
    put("gone", null);
    put("b", "1");
    events().removeBelow(ORDERS.name(), 3);
    assertThat(read().latest("kept").orElseThrow().seq()).isEqualTo(2);
    assertThat(read().latest("gone").orElseThrow().payload().isNull()).isTrue();

    events().removeBelow(ORDERS.name(), 4);
    assertThat(read().latest("gone")).isEmpty();
    assertThat(read().latestPage(null, 10).events())
        .extracting(EventRecord::key)
        .containsExactly("b");
  }

  @Test
  void withoutSnapshotsWhatRetentionTookIsRefused() {
    put("a", "1");
    put("b", "1");
    events().removeBelow(ORDERS.name(), 2);
    PastState past = read().atSeq(2);

    assertThat(past.get("b")).isPresent();
    assertThatThrownBy(() -> past.get("a")).isInstanceOf(StateGoneException.class);
    assertThatThrownBy(() -> past.page(null, 10)).isInstanceOf(StateGoneException.class);
  }

  @Test
  void onlyTheKeysThatItIsRestrictedToAreTold() {
    put("a", "1");
    put("b", "1");
    PastState past = Snapshots.of(bus(), StateSource.of(ORDERS.name()).keys(Set.of("b"))).atSeq(2);

    assertThat(paged(past, 1)).containsOnlyKeys("b");
    assertThat(past.get("a")).isEmpty();
  }

  @Test
  void aFunctionFoldsSnapshotsAndWhatIsBehindThem() {
    Random random = new Random(5);
    for (int i = 1; i <= 40; i++) {
      put("k" + random.nextInt(6), random.nextInt(5) == 0 ? null : "v" + i);
      if (i == 25) {
        compactor().build().runToEnd();
        events().removeBelow(ORDERS.name(), 20);
      }
    }

    Snapshots.Folded<Map<String, String>> folded =
        read()
            .fold(
                new TreeMap<>(),
                (values, snapshot) -> {
                  if (snapshot.isTombstone()) {
                    values.remove(snapshot.key());
                  } else {
                    values.put(snapshot.key(), snapshot.payload().tree().asText());
                  }
                  return values;
                });

    compactor().build().runToEnd();
    assertThat(folded.seq()).isEqualTo(40);
    assertThat(folded.result()).isEqualTo(snapshotted());
    assertThat(read().floor()).hasValue(40);
    String key = folded.result().keySet().iterator().next();
    assertThat(read().get(key).orElseThrow().payload().tree().asText())
        .isEqualTo(folded.result().get(key));
    assertThat(read().page(null, 2).snapshots()).hasSize(2);
    assertThatThrownBy(() -> read().page(null, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aFoldThatLacksEventsIsRefused() {
    put("a", "1");
    compactor().build().runToEnd();
    put("b", "1");
    put("c", "1");
    events().removeBelow(ORDERS.name(), 3);

    assertThatThrownBy(() -> read().<Integer>fold(0, (count, snapshot) -> count + 1))
        .isInstanceOf(StateGoneException.class);
  }
}
