package io.promlib.dedupe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.testkit.DedupeStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InMemoryDedupeStoreTest extends DedupeStoreContract {
  private static final Duration LEASE = Duration.ofSeconds(1);

  @Override
  protected DedupeStore create() {
    return new InMemoryDedupeStore();
  }

  @Test
  void theNewestDoneIdsAreRememberedUpToTheLimit() {
    DedupeStore store = new InMemoryDedupeStore(3);
    for (int i = 1; i <= 4; i++) {
      store.complete("e" + i, begin(store, "e" + i, 0), 0);
    }
    for (int i = 2; i <= 4; i++) {
      assertThat(store.begin("e" + i, LEASE, 0)).isEqualTo(new Begin.Done());
    }
    assertThat(store.begin("e1", LEASE, 0)).isInstanceOf(Begin.Started.class);
  }

  @Test
  void whatRunsIsNeverForgottenHoweverManyAreDone() {
    DedupeStore store = new InMemoryDedupeStore(2);
    String token = begin(store, "slow", 0);
    for (int i = 0; i < 10; i++) {
      store.complete("e" + i, begin(store, "e" + i, 0), 0);
    }
    assertThat(store.begin("slow", LEASE, 0)).isEqualTo(new Begin.Busy(LEASE));
    assertThat(store.complete("slow", token, 0)).isTrue();
  }

  @Test
  void leasesThatRanOutGoWhenThereAreMany() {
    DedupeStore store = new InMemoryDedupeStore(2);
    String first = begin(store, "e0", 0);
    begin(store, "e1", 0);
    begin(store, "e2", 1000);
    assertThat(store.complete("e0", first, 1000)).isFalse();
    assertThat(store.begin("e2", LEASE, 1000)).isEqualTo(new Begin.Busy(LEASE));
  }

  @Test
  void aHundredThousandAreRememberedByDefault() {
    DedupeStore store = new InMemoryDedupeStore();
    for (int i = 0; i <= InMemoryDedupeStore.LIMIT; i++) {
      store.complete("e" + i, begin(store, "e" + i, 0), 0);
    }
    assertThat(InMemoryDedupeStore.LIMIT).isEqualTo(100_000);
    assertThat(store.begin("e1", LEASE, 0)).isEqualTo(new Begin.Done());
    assertThat(store.begin("e0", LEASE, 0)).isInstanceOf(Begin.Started.class);
  }

  @Test
  void aLimitBelowOneIsRefused() {
    assertThatThrownBy(() -> new InMemoryDedupeStore(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("limit must be at least 1");
  }

  private static String begin(DedupeStore store, String id, long now) {
    return ((Begin.Started) store.begin(id, LEASE, now)).token();
  }
}
