package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.PublishOptions;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RenewalTest extends ClientTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final AtomicInteger asked = new AtomicInteger();
  private final List<Long> authsAt = new CopyOnWriteArrayList<>();
  private long begin;

  /** A client of which each token lives so long by its own clock, turned by hand. */
  private EventClient connectFor(Duration life) {
    return connectWhere(() -> clock.millis() + life.toMillis());
  }

  private interface End {
    Long next();
  }

  private EventClient connectWhere(End end) {
    answerAuth((from, frame) -> accept(from, frame, end.next()));
    return connectByHandWithTokens();
  }

  private EventClient connectByHandWithTokens() {
    begin = clock.millis();
    return connect(
        byHand().keepAlive(Duration.ofHours(1)).token(() -> "token-" + asked.incrementAndGet()));
  }

  private interface Answer {
    void to(ScriptedGateway.Connection from, ClientFrame.Auth frame);
  }

  private void answerAuth(Answer answer) {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Auth auth) {
            authsAt.add(clock.millis() - begin);
            answer.to(from, auth);
            return true;
          }
          return false;
        });
  }

  private static void accept(ScriptedGateway.Connection from, ClientFrame.Auth frame, Long end) {
    from.send(ServerFrame.Ok.authenticated(frame.corr(), end));
  }

  private static void refuse(
      ScriptedGateway.Connection from, ClientFrame.Auth frame, ErrorCode code) {
    from.send(ServerFrame.Err.of(code, "no", frame.corr()));
  }

  /** Waits until so many AUTHs came and the client has read the answer to the last one. */
  private void settled(EventClient client, int auths) {
    until(() -> authsAt.size() == auths);
    client.publish(NUMBERS, auths);
  }

  /** Turns the clock in steps, with an answer from the gateway between. */
  private void turn(EventClient client, Duration by, Duration step) {
    for (Duration turned = Duration.ZERO; turned.compareTo(by) < 0; turned = turned.plus(step)) {
      clock.advance(step);
      client.publish(NUMBERS, 0);
    }
  }

  @Test
  void aTokenIsReplacedOverTheOpenConnectionWhenFourFifthsOfItsLifeAreOver() {
    connectFor(Duration.ofSeconds(100));

    clock.advance(Duration.ofMillis(79_999));
    int early = asked.get();
    clock.advance(Duration.ofMillis(1));
    until(() -> authsAt.size() == 2);

    assertThat(early).isEqualTo(1);
    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-1");
    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-2");
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aTokenThatLivesLongIsReplacedAMinuteBeforeItsEnd() {
    EventClient client = connectFor(Duration.ofHours(10));
    turn(client, Duration.ofHours(9).plusMinutes(30), Duration.ofMinutes(30));

    clock.advance(Duration.ofMinutes(29).minusMillis(1));
    int early = asked.get();
    clock.advance(Duration.ofMillis(1));
    settled(client, 2);

    assertThat(early).isEqualTo(1);
  }

  @Test
  void eachTokenIsFollowedByTheNext() {
    EventClient client = connectFor(Duration.ofSeconds(100));

    for (int i = 2; i < 7; i++) {
      clock.advance(Duration.ofSeconds(80));
      settled(client, i);
    }

    assertThat(authsAt).containsExactly(0L, 80_000L, 160_000L, 240_000L, 320_000L, 400_000L);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aTokenWithoutAnEndIsNotReplaced() {
    EventClient client = connectWhere(() -> null);

    turn(client, Duration.ofDays(2), Duration.ofMinutes(59));

    assertThat(asked).hasValue(1);
  }

  @Test
  void deliveriesAndPublishesGoOnWhileTheTokenIsReplaced() {
    EventClient client = connectFor(Duration.ofSeconds(20));
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    client.subscribe(
        NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), delivered::complete);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    ClientDelivery<Integer> delivery = get(delivered);
    // Its answer is held back until the token is replaced.
    List<ClientFrame.Publish> held = new CopyOnWriteArrayList<>();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish publish) {
            held.add(publish);
          } else if (frame instanceof ClientFrame.Auth auth) {
            accept(from, auth, clock.millis() + 20_000);
            held.forEach(publish -> gateway.append(from, publish));
          } else {
            return false;
          }
          return true;
        });
    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 5, PublishOptions.none());
    until(() -> !held.isEmpty());

    get(client.renewToken());

    assertThat(get(answer).seq()).isEqualTo(1);
    assertThat(delivery.leaseLost()).isFalse();
    assertThat(get(delivery.ack()).name()).isEqualTo("OK");
    assertThat(gateway.received(ClientFrame.Subscribe.class)).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aSupplierThatGivesTheSameTokenAgainIsAskedAFewTimesOnly() {
    EventClient client = connectWhere(() -> begin + 100_000);

    clock.advance(Duration.ofSeconds(80));
    settled(client, 2);
    clock.advance(Duration.ofMillis(15_999));
    int early = asked.get();
    clock.advance(Duration.ofMillis(1));
    settled(client, 3);
    turn(client, Duration.ofSeconds(34), SECOND);

    assertThat(early).isEqualTo(2);
    assertThat(authsAt).startsWith(0L, 80_000L, 96_000L);
    // At 99 s and 100 s; then, as this gateway does not end it, less and less.
    assertThat(authsAt.size()).isLessThanOrEqualTo(10);
  }

  @Test
  void whatTheHostRenewsInVainDoesNotPutOffTheRenewalPastTheEnd() {
    EventClient client =
        connectWhere(() -> authsAt.size() <= 10 ? begin + 100_000 : clock.millis() + 100_000);
    for (int i = 0; i < 8; i++) {
      get(client.renewToken());
    }

    clock.advance(Duration.ofSeconds(80));
    settled(client, 10);
    clock.advance(Duration.ofSeconds(16));
    settled(client, 11);

    assertThat(authsAt.subList(9, 11)).containsExactly(80_000L, 96_000L);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aSupplierThatHangsFailsTheRenewalAndKeepsTwoThreadsAtMost() {
    CountDownLatch go = new CountDownLatch(1);
    answerAuth((from, frame) -> accept(from, frame, null));
    EventClient client =
        connect(
            byHand()
                .keepAlive(Duration.ofHours(1))
                .token(
                    () -> {
                      int number = asked.incrementAndGet();
                      if (number == 2 || number == 3) {
                        reached(go);
                      }
                      return "token-" + number;
                    }));

    for (int number = 2; number <= 3; number++) {
      CompletableFuture<Void> hanging = client.renewToken();
      int calls = number;
      until(() -> asked.get() == calls);
      clock.advance(Duration.ofSeconds(15));
      assertThat(failure(hanging))
          .isInstanceOf(NoAnswerException.class)
          .hasMessage("the token supplier gave no token within PT15S");
    }
    assertThat(failure(client.renewToken())).hasMessageContaining("has not come back from 2 calls");
    assertThat(asked).hasValue(3);

    go.countDown();
    until(() -> !client.renewToken().handle((done, e) -> e != null).join());
    assertThat(authsAt).hasSize(2);
  }

  @Test
  void aSupplierThatHangsBetweenConnectionsIsTold() {
    CountDownLatch go = new CountDownLatch(1);
    List<String> causes = new CopyOnWriteArrayList<>();
    answerAuth((from, frame) -> accept(from, frame, null));
    EventClient client =
        connect(
            byHand()
                .keepAlive(Duration.ofHours(1))
                .onStateChange(
                    (state, cause) -> causes.add(cause == null ? "" : cause.getMessage()))
                .token(
                    () -> {
                      int number = asked.incrementAndGet();
                      if (number == 2) {
                        reached(go);
                      }
                      return "token-" + number;
                    }));
    gateway.current().drop();
    tryAgain(client);
    until(() -> asked.get() == 2);

    // Until it counts as hanging, and the next back-off is over.
    clock.advance(Duration.ofSeconds(16));
    until(() -> authsAt.size() == 2 && client.state() == ClientState.CONNECTED);
    go.countDown();

    until(() -> causes.contains("the token supplier gave no token within PT15S"));
    gateway.next(ClientFrame.Auth.class);
    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-3");
  }

  @Test
  void aGatewayWhoseClockIsFarBehindIsNotAskedInATightLoop() {
    EventClient client = connectWhere(() -> clock.millis() - 3_600_000);

    turn(client, Duration.ofMinutes(10), SECOND);
    turnUntil(() -> authsAt.size() >= 2);

    assertThat(authsAt.size()).isLessThanOrEqualTo(20);
  }

  @Test
  void anEndBeyondAllReasonDoesNoHarm() {
    EventClient client = connectWhere(() -> Long.MAX_VALUE);
    get(client.renewToken());

    answerAuth((from, frame) -> accept(from, frame, Long.MIN_VALUE));
    get(client.renewToken());

    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aSupplierThatFailsIsAskedAgainWhileTheOldTokenLives() {
    answerAuth((from, frame) -> accept(from, frame, clock.millis() + 100_000));
    begin = clock.millis();
    EventClient client =
        connect(
            patient()
                .token(
                    () -> {
                      int number = asked.incrementAndGet();
                      if (number == 2) {
                        throw new IllegalStateException("away");
                      }
                      return number == 3 ? null : "token-" + number;
                    }));
    clock.advance(Duration.ofSeconds(80));

    turnUntil(() -> authsAt.size() == 2);

    assertThat(asked).hasValue(4);
    // After nearly one second, then nearly two.
    assertThat(authsAt.get(1)).isGreaterThanOrEqualTo(82_400);
    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aRefusedRenewalIsTriedAgainAndEndsNothing() {
    answerAuth(
        (from, frame) -> {
          switch (authsAt.size()) {
            case 2, 3 -> refuse(from, frame, ErrorCode.JWT_INVALID);
            case 4 -> refuse(from, frame, ErrorCode.INTERNAL);
            default -> accept(from, frame, clock.millis() + 100_000);
          }
        });
    EventClient client = connectByHandWithTokens();

    clock.advance(Duration.ofSeconds(80));
    for (int i = 2; i < 5; i++) {
      settled(client, i);
      clock.advance(Duration.ofSeconds(1L << (i - 2)));
    }
    settled(client, 5);

    assertThat(authsAt.get(2)).isBetween(80_800L, 81_000L);
    assertThat(authsAt.get(3)).isBetween(82_400L, 83_000L);
    assertThat(authsAt.get(4)).isBetween(86_200L, 87_000L);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aRateLimitedRenewalWaitsAsLongAsItIsTold() {
    answerAuth(
        (from, frame) -> {
          if (authsAt.size() == 2) {
            from.send(ServerFrame.Err.of(ErrorCode.RATE_LIMITED, "no", frame.corr(), 9000));
          } else {
            accept(from, frame, clock.millis() + 100_000);
          }
        });
    EventClient client = connectByHandWithTokens();
    clock.advance(Duration.ofSeconds(80));
    settled(client, 2);

    clock.advance(Duration.ofSeconds(9));
    settled(client, 3);

    assertThat(authsAt).containsExactly(0L, 80_000L, 89_000L);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void aSessionThatExpiresIsFollowedByOneWithAFreshToken() {
    EventClient client = connectWhere(() -> null);

    gateway.current().send(ServerFrame.Err.of(ErrorCode.TOKEN_EXPIRED, "the token expired", null));
    gateway.current().socket().close(4401, "the token expired");
    tryAgain(client);
    until(() -> gateway.connections() == 2 && client.state() == ClientState.CONNECTED);

    gateway.next(ClientFrame.Auth.class);
    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-2");
  }

  @Test
  void theHostCanRenewAtAnyTime() {
    EventClient client = connectFor(Duration.ofHours(1));

    get(client.renewToken());

    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-1");
    assertThat(gateway.next(ClientFrame.Auth.class).token()).isEqualTo("token-2");
  }

  @Test
  void aRefusalOfWhatTheHostRenewsIsTypedAndLeavesTheTokenAndItsRenewal() {
    EventClient client = connectFor(Duration.ofSeconds(100));
    answerAuth((from, frame) -> refuse(from, frame, ErrorCode.FORBIDDEN));

    assertThat(failure(client.renewToken()))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
    int before = authsAt.size();
    clock.advance(Duration.ofSeconds(80));
    until(() -> authsAt.size() > before);
  }

  @Test
  void aRenewalWithoutAnAnswerFailsAfterTheRequestTimeout() {
    EventClient client = connectFor(Duration.ofHours(1));
    answerAuth((from, frame) -> {});

    CompletableFuture<Void> renewed = client.renewToken();
    until(() -> authsAt.size() == 2);
    clock.advance(Duration.ofSeconds(15));

    assertThat(failure(renewed)).isInstanceOf(NoAnswerException.class).hasMessageContaining("AUTH");
  }

  @Test
  void whatIsRenewedWhileARenewalRunsGetsATokenAskedForAfterwards() {
    CountDownLatch go = new CountDownLatch(1);
    answerAuth((from, frame) -> accept(from, frame, null));
    EventClient client =
        connect(
            builder()
                .token(
                    () -> {
                      int number = asked.incrementAndGet();
                      if (number == 2) {
                        reached(go);
                      }
                      return "token-" + number;
                    }));
    List<CompletableFuture<Void>> renewed = new ArrayList<>();
    renewed.add(client.renewToken());
    until(() -> asked.get() == 2);
    for (int i = 0; i < 100; i++) {
      renewed.add(client.renewToken());
    }

    go.countDown();

    renewed.forEach(ClientTest::get);
    assertThat(asked).hasValue(3);
    assertThat(authsAt).hasSize(3);
  }

  @Test
  void aRenewalFailsWithItsConnectionAndWithoutOne() {
    EventClient client = connectFor(Duration.ofHours(1));
    answerAuth((from, frame) -> from.drop());

    assertThat(failure(client.renewToken())).isInstanceOf(NoAnswerException.class);
    until(() -> client.state() == ClientState.DISCONNECTED);
    assertThat(failure(client.renewToken()))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("not connected");
    client.close();
    assertThatThrownBy(client::renewToken).isInstanceOf(ClientClosedException.class);
  }

  @Test
  void aTokenThatComesAfterItsConnectionWentIsNotSent() {
    CountDownLatch go = new CountDownLatch(1);
    answerAuth((from, frame) -> accept(from, frame, null));
    EventClient client =
        connect(
            byHand()
                .keepAlive(Duration.ofHours(1))
                .token(
                    () -> {
                      int number = asked.incrementAndGet();
                      if (number == 2) {
                        reached(go);
                      }
                      return "token-" + number;
                    }));
    CompletableFuture<Void> renewed = client.renewToken();
    until(() -> asked.get() == 2);

    gateway.current().drop();
    tryAgain(client);
    until(() -> authsAt.size() == 2 && client.state() == ClientState.CONNECTED);
    go.countDown();
    get(client.renewToken());

    assertThat(failure(renewed)).isInstanceOf(NoAnswerException.class);
    assertThat(gateway.rest().stream().filter(ClientFrame.Auth.class::isInstance))
        .extracting(frame -> ((ClientFrame.Auth) frame).token())
        .containsExactly("token-1", "token-3", "token-4");
  }
}
