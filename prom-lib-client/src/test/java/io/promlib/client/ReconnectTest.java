package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReconnectTest extends ClientTest {
  private final Backoff quick = Backoff.fixed(Duration.ofMillis(10));

  private List<String> storedPayloads() {
    return gateway.stored().stream()
        .map(publish -> new String(publish.payload().bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  /** Drops the connection at the nth publish, once, after storing it or without. */
  private void dropAt(int nth, boolean stored) {
    AtomicInteger publishes = new AtomicInteger();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish publish && publishes.incrementAndGet() == nth) {
            if (stored) {
              gateway.store(publish);
            }
            from.drop();
            return true;
          }
          return false;
        });
  }

  @Test
  void aPublishLostBeforeTheAppendIsSentAgain() {
    dropAt(1, false);
    EventClient client = connect(builder().reconnect(quick));

    Confirmed confirmed = client.publish(NUMBERS, 1, PublishOptions.none().id("mine"));

    assertThat(confirmed).isEqualTo(new Confirmed("mine", 1, false));
    assertThat(gateway.connections()).isEqualTo(2);
  }

  @Test
  void aPublishWhoseAnswerWasLostIsNotAppendedTwice() {
    dropAt(1, true);
    EventClient client = connect(builder().reconnect(quick));

    Confirmed confirmed = client.publish(NUMBERS, 1);

    assertThat(confirmed.duplicate()).isTrue();
    assertThat(gateway.stored()).hasSize(1);
    assertThat(confirmed.id()).isEqualTo(gateway.stored().get(0).options().id());
  }

  @Test
  void manyPublishesInFlightSurviveADropBeforeTheAppendInTheirOrder() {
    publishThroughADrop(false);
  }

  @Test
  void manyPublishesInFlightSurviveADropAfterTheAppendInTheirOrder() {
    publishThroughADrop(true);
  }

  private void publishThroughADrop(boolean stored) {
    dropAt(100, stored);
    EventClient client = connect(builder().reconnect(quick));
    List<CompletableFuture<Confirmed>> answers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      answers.add(client.publishAsync(NUMBERS, i, PublishOptions.none()));
    }

    answers.forEach(ClientTest::get);
    assertThat(storedPayloads())
        .containsExactlyElementsOf(IntStream.range(0, 300).mapToObj(Integer::toString).toList());
    assertThat(gateway.connections()).isEqualTo(2);
  }

  @Test
  void whatIsPublishedWhileDisconnectedGoesOutAfterwards() {
    EventClient client = connectByHand();
    gateway.current().drop();
    until(() -> client.state() == ClientState.DISCONNECTED);

    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    tryAgain(client);

    assertThat(get(answer).seq()).isEqualTo(1);
  }

  @Test
  void aPublishThatFindsNoConnectionInTimeFailsWithItsId() {
    EventClient client = connect(byHand().reconnect(Backoff.fixed(Duration.ofHours(1))));
    gateway.current().drop();
    until(() -> client.state() == ClientState.DISCONNECTED);
    CompletableFuture<Confirmed> answer =
        client.publishAsync(NUMBERS, 1, PublishOptions.none().id("mine"));

    clock.advance(Duration.ofSeconds(15));

    assertThat(failure(answer)).hasMessageContaining("publish again with id mine");
  }

  @Test
  void everyConnectionAsksTheSupplierForAToken() {
    AtomicInteger asked = new AtomicInteger();
    EventClient client =
        connect(builder().reconnect(quick).token(() -> "token-" + asked.incrementAndGet()));

    gateway.current().drop();
    until(() -> gateway.connections() == 2 && client.state() == ClientState.CONNECTED);

    assertThat(List.of(gateway.next(ClientFrame.Auth.class), gateway.next(ClientFrame.Auth.class)))
        .extracting(ClientFrame.Auth::token)
        .containsExactly("token-1", "token-2");
  }

  @Test
  void subscriptionsAreAskedForAgainWithTheSameOptions() {
    EventClient client = connect(builder().reconnect(quick));
    CompletableFuture<Integer> handled = new CompletableFuture<>();
    client.subscribe(
        NUMBERS,
        "g",
        ClientSubscribeOptions.builder().maxAttempts(3).build(),
        d -> handled.complete(d.payload()));

    gateway.current().drop();
    ClientFrame.Subscribe first = gateway.next(ClientFrame.Subscribe.class);
    ClientFrame.Subscribe second = gateway.next(ClientFrame.Subscribe.class);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 5));

    assertThat(second.opts()).isEqualTo(first.opts());
    assertThat(get(handled)).isEqualTo(5);
  }

  @Test
  void aPausedSubscriptionIsPausedAgain() {
    EventClient client = connect(builder().reconnect(quick));
    client.subscribe(NUMBERS, "g", d -> {}).pause();
    gateway.next(ClientFrame.Pause.class);

    gateway.current().drop();

    gateway.next(ClientFrame.Subscribe.class);
    assertThat(gateway.next(ClientFrame.Pause.class).group()).isEqualTo("g");
  }

  @Test
  void anUnsubscribedGroupIsNotAskedForAgain() {
    EventClient client = connect(builder().reconnect(quick));
    client.subscribe(NUMBERS, "g", d -> {}).close();
    gateway.rest();

    gateway.current().drop();
    gateway.next(ClientFrame.Auth.class);
    client.publish(NUMBERS, 1);

    assertThat(gateway.received(ClientFrame.Subscribe.class)).isZero();
  }

  @Test
  void deliveriesOfTheOldConnectionLoseTheirLeaseAndAreNotAcked() {
    EventClient client = connect(builder().reconnect(quick));
    CountDownLatch go = new CountDownLatch(1);
    List<String> handled = new CopyOnWriteArrayList<>();
    AtomicBoolean lost = new AtomicBoolean();
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          if (handled.isEmpty()) {
            handled.add(d.lease());
            gateway.current().drop();
            until(d::leaseLost);
            lost.set(true);
            reached(go);
          } else {
            handled.add(d.lease());
          }
        });
    ScriptedGateway.Connection first = gateway.current();
    first.send(ScriptedGateway.event("numbers", "g", 1));
    first.send(ScriptedGateway.event("numbers", "g", 2));
    until(() -> gateway.connections() == 2 && client.state() == ClientState.CONNECTED);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1, 2, 30_000));
    go.countDown();

    ClientFrame.Ack ack = gateway.next(ClientFrame.Ack.class);
    client.publish(NUMBERS, 1);

    assertThat(lost).isTrue();
    assertThat(ack.target().lease()).isEqualTo("lease-1-2");
    assertThat(handled).containsExactly("lease-1-1", "lease-1-2");
    assertThat(gateway.received(ClientFrame.Ack.class)).isZero();
  }

  @Test
  void settlingAfterTheConnectionWentIsAStaleLease() {
    EventClient client = connect(builder().reconnect(quick));
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    client.subscribe(
        NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), delivered::complete);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    ClientDelivery<Integer> delivery = get(delivered);

    gateway.current().drop();
    until(delivery::leaseLost);

    assertThat(get(delivery.ack())).isEqualTo(AckResult.STALE_LEASE);
    assertThat(get(delivery.nack("late"))).isEqualTo(AckResult.STALE_LEASE);
    assertThat(get(delivery.extend(Duration.ofSeconds(5)))).isEqualTo(AckResult.STALE_LEASE);
    assertThat(get(delivery.term("late"))).isEqualTo(AckResult.STALE_LEASE);
  }

  @Test
  void anAckWhoseAnswerIsLostFails() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Ack) {
            from.drop();
          }
          return frame instanceof ClientFrame.Ack;
        });
    EventClient client = connect(builder().reconnect(quick));
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    client.subscribe(
        NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), delivered::complete);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));

    assertThat(failure(get(delivered).ack()))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("connection was lost before the answer to ACK");
  }

  @Test
  void afterGoAwayTheClientComesBackWhenItWasTold() {
    EventClient client = connectByHand();
    gateway.current().send(new ServerFrame.GoAway("restarting", 5000));
    until(() -> client.state() == ClientState.DISCONNECTED);

    clock.advance(Duration.ofMillis(4999));
    int early = gateway.connections();
    clock.advance(Duration.ofMillis(1));
    until(() -> client.state() == ClientState.CONNECTED);

    assertThat(early).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(2);
  }

  @Test
  void afterGoAwayWithoutATimeTheClientWaitsAsAfterAnyLoss() {
    goAwayAndBackWithin(-5, Duration.ofMinutes(1));
  }

  @Test
  void afterGoAwayForEverTheClientComesBackInFiveMinutes() {
    goAwayAndBackWithin(Long.MAX_VALUE, Duration.ofMinutes(5));
  }

  private void goAwayAndBackWithin(long reconnectMs, Duration exactly) {
    EventClient client = connect(byHand().reconnect(Backoff.fixed(Duration.ofMinutes(1))));
    gateway.current().send(new ServerFrame.GoAway("restarting", reconnectMs));
    until(() -> client.state() == ClientState.DISCONNECTED);

    clock.advance(exactly.minusMillis(1));
    int early = gateway.connections();
    clock.advance(Duration.ofMillis(1));
    until(() -> client.state() == ClientState.CONNECTED);

    assertThat(early).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(2);
  }

  @Test
  void afterAbuseTheClientComesBackAfterTheLongestWaitOnly() {
    EventClient client =
        connect(
            byHand().reconnect(new Backoff(Duration.ofMillis(1), 2, Duration.ofSeconds(30), 0)));
    gateway.current().socket().close(4403, "no");
    until(() -> client.state() == ClientState.DISCONNECTED);

    clock.advance(Duration.ofSeconds(30).minusMillis(1));
    int early = gateway.connections();
    clock.advance(Duration.ofMillis(1));
    until(() -> client.state() == ClientState.CONNECTED);

    assertThat(early).isEqualTo(1);
  }

  @Test
  void whatTheGatewaySaysBeforeItClosesIsTheCauseAndItsWaitIsKept() {
    CompletableFuture<Throwable> cause = new CompletableFuture<>();
    EventClient client =
        connect(
            byHand()
                .reconnect(quick)
                .onStateChange(
                    (state, why) -> {
                      if (why != null) {
                        cause.complete(why);
                      }
                    }));
    gateway.current().send(ServerFrame.Err.of(ErrorCode.SLOW_CONSUMER, "read faster", null, 7000));
    gateway.current().socket().close(4408, "slow consumer");
    until(() -> client.state() == ClientState.DISCONNECTED);

    clock.advance(Duration.ofMillis(6999));
    int early = gateway.connections();
    clock.advance(Duration.ofMillis(1));
    until(() -> client.state() == ClientState.CONNECTED);

    assertThat(early).isEqualTo(1);
    assertThat(get(cause)).isInstanceOf(NoAnswerException.class).hasMessageContaining("4408");
    assertThat(get(cause).getCause())
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SLOW_CONSUMER));
  }

  @Test
  void aPublishThatIsTooLargeForTheGatewayFailsAndDoesNotEndEachConnection() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish publish
              && publish.payload().bytes().length > 100_000) {
            from.send(ServerFrame.Err.of(ErrorCode.TOO_LARGE, "frame too large", null));
            from.socket().close(1009, "too large");
            return true;
          }
          return frame instanceof ClientFrame.Publish && gateway.connections() == 1;
        });
    EventClient client = connect(builder().reconnect(quick));
    Topic<String> words = Topic.of("words", String.class);
    CompletableFuture<Confirmed> small = client.publishAsync(words, "small", PublishOptions.none());
    CompletableFuture<Confirmed> large =
        client.publishAsync(words, "x".repeat(200_000), PublishOptions.none());

    assertThat(failure(large))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
    assertThat(get(small).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(2);
  }

  @Test
  void afterGoAwayRunningHandlersHaveLostTheirLease() {
    EventClient client = connectByHand();
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    client.subscribe(
        NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), delivered::complete);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));

    gateway.current().send(new ServerFrame.GoAway("restarting", 5000));

    until(get(delivered)::leaseLost);
  }

  @Test
  void failuresWaitLongerAndLongerUpToTheMost() {
    Reconnect plain =
        new Reconnect(new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(1), 0));

    assertThat(IntStream.range(0, 6).mapToObj(i -> plain.after(Duration.ZERO).toMillis()))
        .containsExactly(100L, 200L, 400L, 800L, 1000L, 1000L);
    assertThat(plain.after(Duration.ofMillis(999)).toMillis()).isEqualTo(1000);
    assertThat(plain.after(Duration.ofSeconds(1)).toMillis()).isEqualTo(100);
  }

  @Test
  void theWholeWaitIsByChance() {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Reconnect jittered =
          new Reconnect(new Backoff(Duration.ofSeconds(10), 2, Duration.ofSeconds(30), 1));
      waits.add(jittered.after(Duration.ZERO).toMillis());
    }

    assertThat(waits).allMatch(wait -> wait >= 1 && wait <= 10_000);
    assertThat(waits).anyMatch(wait -> wait < 3000).anyMatch(wait -> wait > 7000);
  }

  @Test
  void aTemporaryRefusalOfAResubscribeIsTriedAgain() {
    EventClient client = connect(builder().reconnect(quick));
    client.subscribe(NUMBERS, "g", d -> {});
    gateway.next(ClientFrame.Subscribe.class);
    AtomicInteger refused = new AtomicInteger();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Subscribe && refused.getAndIncrement() == 0) {
            from.send(ServerFrame.Err.of(ErrorCode.SUBSCRIBE_FAILED, "busy", frame.corr(), 10));
            return true;
          }
          return false;
        });

    gateway.current().drop();

    gateway.next(ClientFrame.Subscribe.class);
    assertThat(gateway.next(ClientFrame.Subscribe.class).group()).isEqualTo("g");
  }

  @Test
  void aResubscribeThatIsForbiddenEndsTheSubscription() {
    EventClient client = connect(builder().reconnect(quick));
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> {});
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Subscribe) {
            from.send(ServerFrame.Err.of(ErrorCode.FORBIDDEN, "no more", frame.corr()));
          }
          return frame instanceof ClientFrame.Subscribe;
        });

    gateway.current().drop();

    assertThat(failure(subscription.ended()))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
  }
}
