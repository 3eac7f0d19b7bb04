package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.PublishOptions;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConnectTest extends ClientTest {
  private final List<ClientState> states = new CopyOnWriteArrayList<>();
  private final List<Throwable> causes = new CopyOnWriteArrayList<>();

  private EventClientBuilder watched() {
    return watched(builder());
  }

  private EventClientBuilder watched(EventClientBuilder client) {
    return client.onStateChange(
        (state, cause) -> {
          if (cause != null) {
            causes.add(cause);
          }
          states.add(state);
        });
  }

  /** Why there was no connection in time, when one try had failed. */
  private Throwable whyNot(EventClientBuilder client) {
    CompletableFuture<EventClient> connecting = watched(client.timing(clock)).connectAsync();
    until(() -> !causes.isEmpty());
    clock.advance(Duration.ofSeconds(15));
    return failure(connecting);
  }

  private static ScriptedGateway.Script refusing(String token, ErrorCode code) {
    return (from, frame) -> {
      if (frame instanceof ClientFrame.Auth auth && auth.token().equals(token)) {
        from.send(ServerFrame.Err.of(code, "no good", frame.corr()));
        return true;
      }
      return false;
    };
  }

  @Test
  void theTokenOfTheSupplierIsSentFirst() {
    EventClient client = connect(watched().token(() -> "secret"));

    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("secret");
    assertThat(client.state()).isEqualTo(ClientState.CONNECTED);
    until(() -> states.equals(List.of(ClientState.CONNECTING, ClientState.CONNECTED)));
  }

  @Test
  void aClientCanBeConnectedWithoutWaiting() {
    EventClient client = get(builder().connectAsync());

    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    client.close();
  }

  @Test
  void aTokenThatIsRefusedTwiceEndsTheClientWithTheCode() {
    gateway.script(refusing("old", ErrorCode.TOKEN_EXPIRED));

    assertThatThrownBy(() -> watched().token("old").connect())
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOKEN_EXPIRED));
    until(() -> states.contains(ClientState.CLOSED));
    assertThat(causes).last().isInstanceOf(ClientException.class);
    assertThat(gateway.received(ClientFrame.Auth.class)).isEqualTo(2);
  }

  @Test
  void theSupplierIsAskedOnceMoreWhenItsTokenIsRefused() {
    gateway.script(refusing("old", ErrorCode.BAD_TOKEN));
    AtomicInteger asked = new AtomicInteger();

    EventClient client =
        connect(builder().token(() -> asked.getAndIncrement() == 0 ? "old" : "fresh"));

    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aGatewayThatClosesOnARefusedTokenIsTriedWithOneMore() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Auth auth && auth.token().equals("old")) {
            from.send(ServerFrame.Err.of(ErrorCode.BAD_TOKEN, "no good", frame.corr()));
            from.socket().close(4401);
            return true;
          }
          return false;
        });
    AtomicInteger asked = new AtomicInteger();

    connect(builder().token(() -> asked.getAndIncrement() < 1 ? "old" : "fresh"));

    assertThat(asked).hasValueGreaterThanOrEqualTo(2);
  }

  @Test
  void aTokenRefusedAfterAReconnectEndsTheClientAndFailsWhatIsInFlight() {
    EventClient client = connect(watched());
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Auth) {
            from.send(ServerFrame.Err.of(ErrorCode.BAD_TOKEN, "no good", frame.corr()));
          } else if (frame instanceof ClientFrame.Publish) {
            from.drop();
          }
          return true;
        });

    Throwable failure = failure(client.publishAsync(NUMBERS, 1, PublishOptions.none().id("mine")));

    assertThat(failure).hasMessageContaining("mine").cause().isInstanceOf(ClientException.class);
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThatThrownBy(() -> client.publish(NUMBERS, 2))
        .isInstanceOf(ClientClosedException.class)
        .cause()
        .isInstanceOf(ClientException.class);
  }

  @Test
  void aTemporaryRefusalOfTheTokenIsTriedAgainAfterTheTimeGiven() {
    AtomicInteger refused = new AtomicInteger();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Auth && refused.getAndIncrement() < 3) {
            from.send(ServerFrame.Err.of(ErrorCode.TOO_MANY, "full", frame.corr(), 20));
            return true;
          }
          return false;
        });

    assertThat(connect().state()).isEqualTo(ClientState.CONNECTED);
    assertThat(gateway.connections()).isEqualTo(4);
  }

  @Test
  void aSupplierThatFailsIsAskedAgain() {
    AtomicInteger asked = new AtomicInteger();

    connect(
        watched()
            .token(
                () -> {
                  if (asked.getAndIncrement() == 0) {
                    throw new IllegalStateException("no network");
                  }
                  return "t";
                }));

    assertThat(asked).hasValue(2);
    assertThat(causes.get(0)).cause().hasMessage("no network");
  }

  @Test
  void aSupplierThatGivesNullIsNamed() {
    assertThat(whyNot(byHand().token(() -> null)))
        .isInstanceOf(NoAnswerException.class)
        .cause()
        .hasMessageContaining("supplier returned null");
  }

  @Test
  void aSupplierThatHangsIsNamed() {
    CountDownLatch go = new CountDownLatch(1);
    EventClientBuilder hanging =
        builder()
            .token(
                () -> {
                  reached(go);
                  return "t";
                })
            .gracePeriod(Duration.ZERO)
            .requestTimeout(Duration.ofMillis(200));

    assertThatThrownBy(hanging::connect)
        .isInstanceOf(NoAnswerException.class)
        .cause()
        .hasMessageContaining("supplier gave no token within PT0.2S");
    go.countDown();
  }

  @Test
  void connectingToNobodyFailsAfterTheRequestTimeout() {
    URI nobody = URI.create("ws://127.0.0.1:1");

    assertThat(whyNot(EventClient.builder(nobody).token("t")))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("no connection to " + nobody)
        .hasRootCauseInstanceOf(java.net.ConnectException.class);
  }

  @Test
  void aPeerThatHangsUpDuringTheHandshakeIsSaidToBeNoGateway() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      URI address = URI.create("ws://127.0.0.1:" + other.getLocalPort());
      anyThread().execute(() -> hangUp(other));

      assertThat(whyNot(EventClient.builder(address).token("t")))
          .isInstanceOf(NoAnswerException.class)
          .cause()
          .hasMessageContaining("no WebSocket gateway answers there");
    }
  }

  private static void hangUp(ServerSocket peer) {
    try {
      peer.accept().close();
    } catch (IOException e) {
      // The test is over.
    }
  }

  @Test
  void aPeerThatNeverAnswersTheUpgradeIsGivenUp() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      EventClientBuilder lost =
          EventClient.builder(URI.create("ws://127.0.0.1:" + mute.getLocalPort()))
              .token("t")
              .requestTimeout(Duration.ofMillis(300));

      assertThatThrownBy(lost::connect).isInstanceOf(NoAnswerException.class);
    }
    until(() -> CloseTest.threadsNamed("prom-client-read") == 0);
  }

  @Test
  void anAuthWithoutAnAnswerIsTriedOnAnotherConnection() {
    gateway.script(
        (from, frame) -> frame instanceof ClientFrame.Auth && gateway.connections() == 1);
    CompletableFuture<EventClient> connecting =
        byHand().keepAlive(Duration.ofHours(1)).connectAsync();
    gateway.next(ClientFrame.Auth.class);

    clock.advance(Duration.ofSeconds(15));

    assertThat(failure(connecting)).isInstanceOf(NoAnswerException.class);
  }

  @Test
  void whatIsNoFrameEndsTheConnection() {
    EventClient client = connect(watched());

    gateway.current().raw("<html>");
    until(() -> gateway.connections() == 2 && client.state() == ClientState.CONNECTED);
    until(() -> !causes.isEmpty());

    assertThat(causes.get(0)).hasMessageContaining("no frame");
  }

  @Test
  void aFrameOfALaterVersionIsPassedOver() {
    EventClient client = connect();

    gateway.current().raw("{\"op\":\"SPARKLE\"}");

    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aFrameThatIsTooLargeEndsTheConnection() {
    EventClient client = connect(watched().maxFrameBytes(1024));

    gateway.current().raw("{\"op\":\"OK\",\"x\":\"" + "x".repeat(2000) + "\"}");
    until(() -> gateway.connections() == 2 && client.state() == ClientState.CONNECTED);
    until(() -> !causes.isEmpty());

    assertThat(causes.get(0)).hasMessageContaining("1009");
  }

  @Test
  void aSilentConnectionIsPingedAndThenGivenUp() {
    EventClient client = connect(watched(byHand()));
    // The reading side of the gateway stops, so no pong comes back.
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            CloseTest.holdUntil(
                () -> gateway.connections() == 2 || states.contains(ClientState.CLOSED));
          }
          return false;
        });
    CompletableFuture<Confirmed> held = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    gateway.next(ClientFrame.Publish.class);

    turnUntil(() -> states.contains(ClientState.DISCONNECTED));

    assertThat(causes.get(0)).hasMessageContaining("nothing came from the gateway for PT1M");
    assertThat(failure(held)).hasMessageContaining("publish again");
  }

  @Test
  void aQuietConnectionThatAnswersPingsIsKept() {
    EventClient client = connectByHand();

    for (int i = 0; i < 20; i++) {
      clock.advance(Duration.ofSeconds(10));
      // The answer comes after the pong.
      get(client.publishAsync(NUMBERS, i, PublishOptions.none()));
    }

    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void anAddressThatIsNoWebSocketsIsRefused() {
    assertThatThrownBy(() -> EventClient.builder(URI.create("http://h")).token("t").connect())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ws: or wss:");
  }

  @Test
  void everySettingOutOfRangeIsNamed() {
    Duration tooLong = Duration.ofHours(2);
    assertThatThrownBy(() -> builder().requestTimeout(tooLong).connect())
        .hasMessageContaining("requestTimeout");
    assertThatThrownBy(() -> builder().gracePeriod(tooLong).connect())
        .hasMessageContaining("gracePeriod");
    assertThatThrownBy(() -> builder().keepAlive(Duration.ZERO).connect())
        .hasMessageContaining("keepAlive");
    assertThatThrownBy(() -> builder().maxPublishesInFlight(0).connect())
        .hasMessageContaining("maxPublishesInFlight must be from 1 to 100000, is 0");
    assertThatThrownBy(() -> builder().maxEventBytes(0).connect())
        .hasMessageContaining("maxEventBytes");
    assertThatThrownBy(() -> builder().maxFrameBytes(1).connect())
        .hasMessageContaining("maxFrameBytes");
  }
}
