package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a host may choose for a bus and for a subscriber, and what it may not. */
class ChoicesTest {

  static Stream<Arguments> ofASubscriber() {
    return Stream.of(
        subscriber("maxAttempts", b -> b.maxAttempts(0)),
        subscriber("maxAttempts", b -> b.maxAttempts(1001)),
        subscriber("concurrency", b -> b.concurrency(0)),
        subscriber("concurrency", b -> b.concurrency(4001)),
        subscriber("batchSize", b -> b.batchSize(0)),
        subscriber("batchSize", b -> b.batchSize(4001)),
        subscriber("maxInFlight", b -> b.maxInFlight(0)),
        subscriber("maxInFlight", b -> b.maxInFlight(4001)),
        subscriber("ackDeadline", b -> b.ackDeadline(Duration.ofMillis(9))),
        subscriber("ackDeadline", b -> b.ackDeadline(Duration.ofHours(12).plusMillis(1))),
        subscriber("expireAfter", b -> b.expireAfter(Duration.ZERO)));
  }

  @ParameterizedTest
  @MethodSource("ofASubscriber")
  void aSubscribersChoiceOutOfRangeIsRefusedByName(
      String name, Consumer<SubscribeOptions.Builder> choice) {
    SubscribeOptions.Builder builder = SubscribeOptions.builder();
    choice.accept(builder);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }

  static Stream<Arguments> ofABus() {
    return Stream.of(
        bus("maxEventBytes", b -> b.maxEventBytes(0)),
        bus("closeGrace", b -> b.closeGrace(Duration.ZERO)),
        bus("claimLease", b -> b.claimLease(Duration.ofMillis(-1))),
        bus("blockAtMost", b -> b.blockAtMost(Duration.ZERO)));
  }

  @ParameterizedTest
  @MethodSource("ofABus")
  void aBussChoiceOutOfRangeIsRefusedByName(String name, Consumer<EventBusBuilder> choice) {
    EventBusBuilder builder = EventBus.builder();

    assertThatThrownBy(() -> choice.accept(builder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }

  @Test
  void anIdThatNoEventCanHaveIsNoPlaceToStart() {
    assertThatThrownBy(() -> new StartAt.AfterId("a b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("id ");
  }

  @Test
  void laterChoicesOfTheBuilderDoNotShowInWhatWasBuilt() {
    SubscribeOptions.Builder builder = SubscribeOptions.builder().concurrency(2);
    SubscribeOptions built = builder.build();
    builder.concurrency(3);

    assertThat(built.concurrency()).isEqualTo(2);
  }

  private static Arguments subscriber(String name, Consumer<SubscribeOptions.Builder> choice) {
    return Arguments.of(name, choice);
  }

  private static Arguments bus(String name, Consumer<EventBusBuilder> choice) {
    return Arguments.of(name, choice);
  }
}
