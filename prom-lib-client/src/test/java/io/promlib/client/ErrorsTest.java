package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.PublishException;
import io.promlib.event.PublishOptions;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every code of the protocol reaches the caller by its name. */
class ErrorsTest extends ClientTest {

  private void refuse(Class<? extends ClientFrame> kind, ErrorCode code) {
    gateway.script(
        (from, frame) -> {
          if (kind.isInstance(frame)) {
            from.send(ServerFrame.Err.of(code, "no", frame.corr(), 1234));
          }
          return kind.isInstance(frame);
        });
  }

  private static void assertRefusal(Throwable failure, ErrorCode code) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e.temporary()).isEqualTo(code.temporary());
              assertThat(e.retryAfter()).contains(Duration.ofMillis(1234));
              assertThat(e).hasMessage(code.wire() + ": no");
            });
  }

  @ParameterizedTest
  @EnumSource
  void aRefusedSubscribeHasItsCodeAndIsNotTriedAgain(ErrorCode code) {
    EventClient client = connect();
    refuse(ClientFrame.Subscribe.class, code);

    assertRefusal(
        failure(client.subscribeAsync(NUMBERS, "g", ClientSubscribeOptions.defaults(), d -> {})),
        code);
    client.publish(NUMBERS, 1);
    assertThat(gateway.received(ClientFrame.Subscribe.class)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RATE_LIMITED")
  void aRefusedPublishHasItsCodeAndIsNotTriedAgain(ErrorCode code) {
    EventClient client = connect();
    refuse(ClientFrame.Publish.class, code);

    Throwable failure = failure(client.publishAsync(NUMBERS, 1, PublishOptions.none()));

    if (code.temporary()) {
      assertThat(failure).isInstanceOf(PublishException.class);
      assertRefusal(failure.getCause(), code);
    } else {
      assertRefusal(failure, code);
    }
    get(client.renewToken());
    assertThat(gateway.received(ClientFrame.Publish.class)).isEqualTo(1);
  }

  @Test
  void aRateLimitWithoutAWaitMakesNoTightLoop() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(ServerFrame.Err.of(ErrorCode.RATE_LIMITED, "no", frame.corr(), -1));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connectByHand();
    var answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    gateway.next(ClientFrame.Publish.class);

    // No time goes by, so nothing is sent again.
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ZERO);
      get(client.renewToken());
    }

    assertThat(gateway.received(ClientFrame.Publish.class)).isZero();
    assertThat(answer).isNotDone();
  }
}
