package io.promlib.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SettingsTest {
  @Test
  void aTopicInMemoryKeepsTheNewestHundredThousandOr64MiB() {
    assertThat(TopicSettings.IN_MEMORY)
        .isEqualTo(new TopicSettings(100_000, 64 * 1024 * 1024, null, Overflow.DROP_OLDEST));
  }

  @Test
  void eachSettingOfATopicIsChangedAlone() {
    assertThat(
            TopicSettings.UNLIMITED
                .maxEvents(1)
                .maxBytes(2)
                .maxAge(Duration.ofNanos(3))
                .overflow(Overflow.BLOCK))
        .isEqualTo(new TopicSettings(1, 2, Duration.ofNanos(3), Overflow.BLOCK));
  }

  @Test
  void aTopicSettingOutOfItsBoundsIsRefusedByName() {
    refused("maxEvents must be at least 1, is 0", () -> TopicSettings.IN_MEMORY.maxEvents(0));
    refused("maxBytes must be at least 1, is -4", () -> TopicSettings.IN_MEMORY.maxBytes(-4));
    refused(
        "maxAge must be positive, is PT0S", () -> TopicSettings.IN_MEMORY.maxAge(Duration.ZERO));
    refused(
        "maxAge must be positive, is PT-1S",
        () -> TopicSettings.IN_MEMORY.maxAge(Duration.ofSeconds(-1)));
  }

  @Test
  void aGroupSettingOutOfItsBoundsIsRefusedByName() {
    refused("maxAttempts must be from 1 to 1000, is 0", () -> group(0, null));
    refused("maxAttempts must be from 1 to 1000, is 1001", () -> group(1001, null));
    refused("expireAfter must be positive, is PT0S", () -> group(1, Duration.ZERO));
    refused("expireAfter must be positive, is PT-1S", () -> group(1, Duration.ofSeconds(-1)));
  }

  @Test
  void theBoundsThemselvesAreAllowed() {
    assertThat(group(1, null).maxAttempts()).isEqualTo(1);
    assertThat(group(1000, Duration.ofNanos(1)).maxAttempts()).isEqualTo(1000);
  }

  private static GroupSettings group(int maxAttempts, Duration expireAfter) {
    return new GroupSettings(Ordering.NONE, Filter.ALL, maxAttempts, Backoff.DEFAULT, expireAfter);
  }

  private static void refused(String message, ThrowingCallable making) {
    assertThatThrownBy(making).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
