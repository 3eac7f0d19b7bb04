package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.dedupe.DedupeStore;
import io.promlib.dedupe.DedupeStore.Begin;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link DedupeStore} promises. A store's own test extends this class; each test gets a
 * store of its own that is empty, and closes it.
 */
@Timeout(180)
public abstract class DedupeStoreContract {
  private static final Duration LEASE = Duration.ofSeconds(60);

  /** Far ahead, so that no server takes away by its own clock what is to be there. */
  private static final long NOW = 4_000_000_000_000L;

  private static final long LATER = NOW + LEASE.toMillis();

  private DedupeStore store;

  /** An empty store. */
  protected abstract DedupeStore create() throws Exception;

  @BeforeEach
  final void open() throws Exception {
    store = create();
  }

  @AfterEach
  final void close() {
    store.close();
  }

  @Test
  void anEventThatNobodyHandledIsBegun() {
    assertThat(store.begin("a", LEASE, NOW)).isInstanceOf(Begin.Started.class);
    assertThat(store.begin("b", LEASE, NOW)).isInstanceOf(Begin.Started.class);
  }

  @Test
  void ofSeveralAtOnceOneBegins() {
    for (int round = 0; round < 20; round++) {
      String id = "event-" + round;
      List<Begin> answers = new CopyOnWriteArrayList<>();
      Threads.together(4, number -> answers.add(store.begin(id, LEASE, NOW)));
      assertThat(answers).hasSize(4).filteredOn(Begin.Started.class::isInstance).hasSize(1);
      assertThat(answers).filteredOn(Begin.Busy.class::isInstance).hasSize(3);
    }
  }

  @Test
  void ofSeveralAtOnceOneBeginsAfterALeaseThatRanOut() {
    for (int round = 0; round < 20; round++) {
      String id = "event-" + round;
      started(id, NOW);
      List<Begin> answers = new CopyOnWriteArrayList<>();
      Threads.together(4, number -> answers.add(store.begin(id, LEASE, LATER)));
      assertThat(answers).hasSize(4).filteredOn(Begin.Started.class::isInstance).hasSize(1);
    }
  }

  @Test
  void whoIsLateIsToldHowLongTheOtherHas() {
    started("a", NOW);
    assertThat(store.begin("a", Duration.ofHours(1), NOW)).isEqualTo(new Begin.Busy(LEASE));
    assertThat(store.begin("a", LEASE, NOW + 20_000))
        .isEqualTo(new Begin.Busy(Duration.ofSeconds(40)));
    assertThat(store.begin("a", LEASE, LATER - 1)).isEqualTo(new Begin.Busy(Duration.ofMillis(1)));
  }

  @Test
  void whatIsDoneStaysDone() {
    String token = started("a", NOW);
    assertThat(store.complete("a", token, NOW)).isTrue();
    assertThat(store.begin("a", LEASE, NOW)).isEqualTo(new Begin.Done());
    assertThat(store.begin("a", LEASE, LATER + 3_600_000)).isEqualTo(new Begin.Done());
  }

  @Test
  void completingMayBeRepeated() {
    String token = started("a", NOW);
    store.complete("a", token, NOW);
    assertThat(store.complete("a", token, NOW)).isTrue();
    assertThat(store.begin("a", LEASE, NOW)).isEqualTo(new Begin.Done());
  }

  @Test
  void whatIsAbandonedIsBegunAtOnce() {
    String token = started("a", NOW);
    assertThat(store.abandon("a", token)).isTrue();
    assertThat(started("a", NOW)).isNotEqualTo(token);
  }

  @Test
  void afterALeaseAnotherBeginsAndTheOldTokenChangesNothing() {
    String old = started("a", NOW);
    String token = started("a", LATER);
    assertThat(token).isNotEqualTo(old);
    assertThat(store.complete("a", old, LATER)).isFalse();
    assertThat(store.abandon("a", old)).isFalse();
    assertThat(store.begin("a", LEASE, LATER)).isEqualTo(new Begin.Busy(LEASE));
    assertThat(store.complete("a", token, LATER)).isTrue();
    assertThat(store.complete("a", old, LATER)).isFalse();
  }

  @Test
  void aLeaseThatRanOutIsCompletedWhileNobodyElseBegan() {
    String token = started("a", NOW);
    assertThat(store.complete("a", token, LATER + 1000)).isTrue();
    assertThat(store.begin("a", LEASE, LATER + 1000)).isEqualTo(new Begin.Done());
  }

  @Test
  void aLeaseThatRanOutIsAbandonedWhileNobodyElseBegan() {
    String token = started("a", NOW);
    assertThat(store.abandon("a", token)).isTrue();
  }

  @Test
  void whatIsDoneIsNotAbandoned() {
    String token = started("a", NOW);
    store.complete("a", token, NOW);
    assertThat(store.abandon("a", token)).isFalse();
    assertThat(store.begin("a", LEASE, NOW)).isEqualTo(new Begin.Done());
  }

  @Test
  void whatIsAbandonedIsNotCompleted() {
    String token = started("a", NOW);
    store.abandon("a", token);
    assertThat(store.complete("a", token, NOW)).isFalse();
    assertThat(store.abandon("a", token)).isFalse();
    assertThat(store.begin("a", LEASE, NOW)).isInstanceOf(Begin.Started.class);
  }

  @Test
  void anIdThatWasNeverBegunIsNeitherCompletedNorAbandoned() {
    assertThat(store.complete("a", "token", NOW)).isFalse();
    assertThat(store.abandon("a", "token")).isFalse();
    assertThat(store.begin("a", LEASE, NOW)).isInstanceOf(Begin.Started.class);
  }

  @Test
  void aTokenIsGoodForItsOwnEventOnly() {
    String token = started("a", NOW);
    started("b", NOW);
    assertThat(store.complete("b", token, NOW)).isFalse();
    assertThat(store.abandon("b", token)).isFalse();
  }

  @Test
  void idsThatLookLikeOthersAreToldApart() {
    store.complete("a", started("a", NOW), NOW);
    for (String other : List.of("A", "a::a", "::a", "$a", "a.b", "ä")) {
      started(other, NOW);
    }
  }

  @Test
  void whatIsNoIdOrNoLeaseIsRefused() {
    for (String id : List.of("", "with space", "x".repeat(129))) {
      assertThatThrownBy(() -> store.begin(id, LEASE, NOW))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("id must");
    }
    for (Duration lease :
        List.of(Duration.ofMillis(-1), Duration.ZERO, Duration.ofHours(12).plusMillis(1))) {
      assertThatThrownBy(() -> store.begin("a", lease, NOW))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("12 h");
    }
    assertThat(store.begin("x".repeat(128), Duration.ofHours(12), NOW))
        .isInstanceOf(Begin.Started.class);
  }

  private String started(String id, long now) {
    Begin begun = store.begin(id, LEASE, now);
    assertThat(begun).as(id).isInstanceOf(Begin.Started.class);
    return ((Begin.Started) begun).token();
  }
}
