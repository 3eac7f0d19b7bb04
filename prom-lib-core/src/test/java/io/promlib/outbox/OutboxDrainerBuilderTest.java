package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OutboxDrainerBuilderTest {

  @Test
  void everyOptionThatIsOutOfItsBoundsIsNamed() {
    refused("batchSize", builder -> builder.batchSize(0));
    refused("batchSize", builder -> builder.batchSize(10_001));
    refused("lease", builder -> builder.lease(Duration.ZERO));
    refused("lease", builder -> builder.lease(Duration.ofDays(1).plusNanos(1)));
    refused("interval", builder -> builder.interval(Duration.ofMillis(-1)));
    refused("interval", builder -> builder.interval(Duration.ofDays(2)));
    refused("owner", builder -> builder.owner(""));
    refused("owner", builder -> builder.owner("x".repeat(201)));
    refused("maxAttempts", builder -> builder.maxAttempts(0));
    refused("retention", builder -> builder.retention(Duration.ofMillis(-1)));
    refused("retention", builder -> builder.retention(Duration.ofSeconds(Long.MAX_VALUE)));
    refused("closeGrace", builder -> builder.closeGrace(Duration.ZERO));
  }

  @Test
  void whereToPublishToMustBeSaid() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      assertThatThrownBy(() -> OutboxDrainer.builder(store).build())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("to(bus)");
    }
  }

  @Test
  void eachDrainerHasANameOfItsOwnUnlessItIsGivenOne() {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore();
        OutboxDrainer one = OutboxDrainer.builder(store).each(record -> {}).build();
        OutboxDrainer two = OutboxDrainer.builder(store).each(record -> {}).build();
        OutboxDrainer named = OutboxDrainer.builder(store).owner("me").each(record -> {}).build()) {
      assertThat(one.owner()).startsWith("drainer-").isNotEqualTo(two.owner());
      assertThat(named.owner()).isEqualTo("me");
    }
  }

  private static void refused(String option, Consumer<OutboxDrainerBuilder> set) {
    try (InMemoryOutboxStore store = new InMemoryOutboxStore()) {
      OutboxDrainerBuilder builder = OutboxDrainer.builder(store);
      assertThatThrownBy(() -> set.accept(builder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(option + " must");
    }
  }
}
