package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.LimitException;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.outbox.OutboxOutcome.Sent;
import io.promlib.testkit.ManualClock;
import io.promlib.testkit.OutboxStoreContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryOutboxStoreTest extends OutboxStoreContract {
  private static final Topic<String> WORDS = Topic.of("words", String.class);
  private static final Duration LEASE = Duration.ofSeconds(30);

  private OutboxStore only;

  @Override
  protected OutboxStore open() {
    only = new InMemoryOutboxStore();
    return only;
  }

  @Override
  protected OutboxStore openAgain() {
    return only;
  }

  @Test
  void aTypedAddMakesAnIdAndATimeUnlessTheyAreGiven() {
    ManualClock clock = new ManualClock();
    try (InMemoryOutboxStore store = InMemoryOutboxStore.builder().timing(clock).build()) {
      String made = store.add(WORDS, "hello", PublishOptions.none());
      String given = store.add(WORDS, "again", PublishOptions.none().id("given").ts(7L).key("k"));

      List<OutboxClaim> claims = store.claim("me", 10, LEASE, clock.millis());
      assertThat(made).hasSize(36);
      assertThat(given).isEqualTo("given");
      assertThat(claims).extracting(claim -> claim.record().id()).containsExactly(made, given);
      assertThat(claims).extracting(claim -> claim.record().ts()).contains(clock.millis(), 7L);
      assertThat(claims.get(0).record().payload().object()).isEqualTo("hello");
    }
  }

  @Test
  void aTypedAddTakesAnOrder() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      store.add(WORDS, "b", PublishOptions.none().id("two").key("k"), 2);
      assertThat(store.claim("me", 10, LEASE, 0)).isEmpty();
      store.add(WORDS, "a", PublishOptions.none().id("one").key("k"), 1);

      assertThat(store.claim("me", 10, LEASE, 0))
          .extracting(claim -> claim.record().id())
          .containsExactly("one", "two");
    }
  }

  @Test
  void anOldKeyThatIsBusyKeepsNoOtherOneWaiting() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      store.add(WORDS, "a", PublishOptions.none().id("busy0").key("busy"));
      store.add(WORDS, "a", PublishOptions.none().id("other").key("other"));
      store.add(WORDS, "a", PublishOptions.none().id("busy1").key("busy"));

      for (String next : List.of("busy0", "other", "busy1")) {
        List<OutboxClaim> claims = store.claim("me", 1, LEASE, 0);
        assertThat(claims).extracting(claim -> claim.record().id()).containsExactly(next);
        store.settle(List.of(new Sent(claims.get(0))), 0);
      }
    }
  }

  @Test
  void aRetryIsNotBehindAllThatCameSince() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      store.add(WORDS, "a", PublishOptions.none().id("again"));
      store.settle(
          List.of(new OutboxOutcome.Retry(store.claim("me", 1, LEASE, 0).get(0), 10, "boom")), 0);
      store.add(WORDS, "a", PublishOptions.none().id("fresh"));

      assertThat(store.claim("me", 1, LEASE, 10))
          .extracting(claim -> claim.record().id())
          .containsExactly("again");
    }
  }

  @Test
  void aClockThatGoesBackFindsNothingThatIsNotDueYet() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      store.add(WORDS, "a", PublishOptions.none().id("fresh"));
      store.add(WORDS, "b", PublishOptions.none().id("again"));
      store.settle(
          List.of(new OutboxOutcome.Retry(store.claim("me", 2, LEASE, 0).get(1), 10, "boom")), 0);
      store.claim("me", 1, LEASE, 100_000);

      assertThat(store.claim("me", 9, LEASE, 9)).isEmpty();
      assertThat(store.claim("me", 9, LEASE, 10)).hasSize(1);
    }
  }

  @Test
  void aLeaseBelowAMillisecondIsRefused() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      assertThatThrownBy(() -> store.claim("me", 1, Duration.ofNanos(999_999), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lease must be at least 1 ms");
    }
  }

  @Test
  void aPlaceInAKeyIsGivenOnce() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      PublishOptions key = PublishOptions.none().key("k");
      store.add(WORDS, "a", key.id("one"), 1);

      assertThatThrownBy(() -> store.add(WORDS, "b", key.id("other"), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("order 1 of key k on words is taken")
          .hasMessageContaining("other");
      OutboxClaim claim = store.claim("me", 10, LEASE, 0).get(0);
      store.settle(List.of(new Sent(claim)), 0);
      assertThatThrownBy(() -> store.add(WORDS, "b", key.id("late"), 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(store.counts().pending()).isZero();
    }
  }

  @Test
  void aKeyHasOneKindOfOrder() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      store.add(WORDS, "a", PublishOptions.none().key("given"), 1);
      store.add(WORDS, "a", PublishOptions.none().key("added"));

      assertThatThrownBy(() -> store.add(WORDS, "b", PublishOptions.none().key("given").id("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("key given on words has records with an order")
          .hasMessageContaining("x comes without");
      assertThatThrownBy(() -> store.add(WORDS, "b", PublishOptions.none().key("added"), 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("without an order");
    }
  }

  @Test
  void moreUnsentRecordsThanAllowedAreRefused() {
    try (InMemoryOutboxStore store = InMemoryOutboxStore.builder().maxUnsent(2).build()) {
      store.add(WORDS, "a", PublishOptions.none().id("one"));
      store.add(WORDS, "b", PublishOptions.none().id("two"));

      assertThatThrownBy(() -> store.add(WORDS, "c", PublishOptions.none().id("three")))
          .isInstanceOf(LimitException.class)
          .hasMessageContaining("three")
          .hasMessageContaining("maxUnsent");
      assertThat(store.add(WORDS, "again", PublishOptions.none().id("two"))).isEqualTo("two");

      store.settle(List.of(new Sent(store.claim("me", 1, LEASE, 0).get(0))), 0);
      assertThat(store.add(WORDS, "c", PublishOptions.none().id("three"))).isEqualTo("three");
    }
  }

  @Test
  void ofMoreSentRecordsThanAllowedTheOldestGo() {
    try (InMemoryOutboxStore store = InMemoryOutboxStore.builder().maxSent(2).build()) {
      for (int i = 0; i < 3; i++) {
        store.add(WORDS, "a", PublishOptions.none().id("r" + i));
        store.settle(List.of(new Sent(store.claim("me", 1, LEASE, 0).get(0))), i);
      }

      assertThat(store.list(OutboxStatus.SENT, null, 10))
          .extracting(OutboxRecord::id)
          .containsExactly("r1", "r2");
    }
  }

  @Test
  void moreKeysWithAGivenOrderThanAllowedAreRefused() {
    try (InMemoryOutboxStore store = InMemoryOutboxStore.builder().maxOrderedKeys(1).build()) {
      store.add(WORDS, "a", PublishOptions.none().key("k"), 1);

      assertThatThrownBy(() -> store.add(WORDS, "a", PublishOptions.none().key("l"), 1))
          .isInstanceOf(LimitException.class)
          .hasMessageContaining("maxOrderedKeys");
      store.add(WORDS, "b", PublishOptions.none().key("k"), 2);
      store.add(WORDS, "c", PublishOptions.none().key("m"));
    }
  }

  @Test
  void aLimitBelowOneIsRefusedByName() {
    InMemoryOutboxStoreBuilder builder = InMemoryOutboxStore.builder();
    assertThatThrownBy(() -> builder.maxUnsent(0)).hasMessageContaining("maxUnsent");
    assertThatThrownBy(() -> builder.maxSent(0)).hasMessageContaining("maxSent");
    assertThatThrownBy(() -> builder.maxOrderedKeys(0)).hasMessageContaining("maxOrderedKeys");
  }
}
