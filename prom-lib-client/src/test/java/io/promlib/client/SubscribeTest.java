package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import io.promlib.bus.AckResult;
import io.promlib.bus.StartAt;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.PayloadException;
import io.promlib.event.Topic;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SubscribeTest extends ClientTest {
  private static final ClientSubscribeOptions MANUAL =
      ClientSubscribeOptions.builder().manualAck().build();

  private void deliver(int number) {
    gateway.current().send(ScriptedGateway.event("numbers", "g", number));
  }

  private ClientDelivery<Integer> oneDelivery() {
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    connect().subscribe(NUMBERS, "g", MANUAL, delivered::complete);
    deliver(1);
    return get(delivered);
  }

  @Test
  void aDeliveryShowsTheEventAndItsLease() {
    ClientDelivery<Integer> delivery = oneDelivery();

    assertThat(delivery.payload()).isEqualTo(1);
    assertThat(delivery.record().id()).isEqualTo("e1");
    assertThat(delivery.record().seq()).isEqualTo(1);
    assertThat(delivery.attempt()).isEqualTo(1);
    assertThat(delivery.lease()).isEqualTo("lease-1-1");
    assertThat(delivery.ackDeadline()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(30));
    assertThat(delivery.leaseLost()).isFalse();
    assertThat(delivery.isTombstone()).isFalse();
  }

  @Test
  void theHandlersReturnAcksWithTheLease() {
    connect().subscribe(NUMBERS, "g", d -> {});

    deliver(1);

    ClientFrame.Ack ack = gateway.next(ClientFrame.Ack.class);
    assertThat(ack.target().ids()).containsExactly("e1");
    assertThat(ack.target().lease()).isEqualTo("lease-1-1");
    assertThat(ack.target().topic()).isEqualTo("numbers");
    assertThat(ack.target().group()).isEqualTo("g");
  }

  @Test
  void theHandlersThrowNacksWithTheReason() {
    connect()
        .subscribe(
            NUMBERS,
            "g",
            d -> {
              throw new IllegalStateException("not today");
            });

    deliver(1);

    assertThat(gateway.next(ClientFrame.Nack.class).reason()).contains("not today");
  }

  @Test
  void anErrorOfTheHandlerNacksTooAndTheNextEventIsHandled() {
    connect()
        .subscribe(
            NUMBERS,
            "g",
            d -> {
              if (d.payload() == 1) {
                throw new StackOverflowError("deep");
              }
            });

    deliver(1);
    deliver(2);

    assertThat(gateway.next(ClientFrame.Nack.class).target().ids()).containsExactly("e1");
    assertThat(gateway.next(ClientFrame.Ack.class).target().ids()).containsExactly("e2");
  }

  @Test
  void aReasonIsCutToAThousandCharacters() {
    ClientDelivery<Integer> delivery = oneDelivery();

    get(delivery.nack("x".repeat(5000)));

    assertThat(gateway.next(ClientFrame.Nack.class).reason()).hasSize(1000);
  }

  @Test
  void aHandlerThatSettlesItselfIsNotSettledAgain() {
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> get(d.nack("later", Duration.ofSeconds(9))));

    deliver(1);

    assertThat(gateway.next(ClientFrame.Nack.class).delayMs()).isEqualTo(9000);
    client.publish(NUMBERS, 1);
    assertThat(gateway.received(ClientFrame.Ack.class)).isZero();
  }

  @Test
  void withManualAckOnlyAnExplicitCallCounts() {
    EventClient client = connect();
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", MANUAL, delivered::complete);
    deliver(1);
    ClientDelivery<Integer> delivery = get(delivered);
    client.publish(NUMBERS, 1);
    long before = gateway.received(ClientFrame.Ack.class);
    int held = subscription.inFlight();

    assertThat(get(delivery.ack())).isEqualTo(AckResult.OK);
    assertThat(before).isZero();
    assertThat(held).isEqualTo(1);
    assertThat(subscription.inFlight()).isZero();
  }

  @Test
  void everyResultOfASettlingIsTold() {
    for (AckResult result : AckResult.values()) {
      gateway.script(
          (from, frame) -> {
            if (frame instanceof ClientFrame.Ack) {
              from.send(ServerFrame.Ok.settled(frame.corr(), result));
            }
            return frame instanceof ClientFrame.Ack;
          });
      assertThat(get(oneDelivery().ack())).isEqualTo(result);
    }
  }

  @Test
  void aFailedAckIsATypedError() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Ack) {
            from.send(ServerFrame.Err.of(ErrorCode.ACK_FAILED, "store is away", frame.corr(), 250));
          }
          return frame instanceof ClientFrame.Ack;
        });

    assertThat(failure(oneDelivery().ack()))
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.ACK_FAILED);
              assertThat(e.temporary()).isTrue();
              assertThat(e.retryAfter()).contains(Duration.ofMillis(250));
            });
  }

  @Test
  void terminatingSendsTheReason() {
    ClientDelivery<Integer> delivery = oneDelivery();

    assertThat(get(delivery.term("poison"))).isEqualTo(AckResult.OK);
    assertThat(gateway.next(ClientFrame.Term.class).reason()).isEqualTo("poison");
  }

  @Test
  void extendingMovesTheDeadline() {
    ClientDelivery<Integer> delivery = oneDelivery();

    assertThat(get(delivery.extend(Duration.ofMinutes(5)))).isEqualTo(AckResult.OK);
    assertThat(gateway.next(ClientFrame.ModAck.class).extendMs()).isEqualTo(300_000);
    assertThat(delivery.ackDeadline()).isGreaterThan(Duration.ofMinutes(4));
  }

  @Test
  void extendingWhatIsNotInFlightLosesTheLease() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.ModAck) {
            from.send(ServerFrame.Err.of(ErrorCode.UNKNOWN_ID, "not in flight", frame.corr()));
          }
          return frame instanceof ClientFrame.ModAck;
        });
    ClientDelivery<Integer> delivery = oneDelivery();

    assertThat(get(delivery.extend(Duration.ofSeconds(5)))).isEqualTo(AckResult.UNKNOWN);
    assertThat(delivery.leaseLost()).isTrue();
  }

  @Test
  void durationsOutOfRangeAreNamed() {
    ClientDelivery<Integer> delivery = oneDelivery();

    assertThatThrownBy(() -> delivery.extend(Duration.ofMillis(999)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lease in ms must be from 1000 to 3600000, is PT0.999S");
    assertThatThrownBy(() -> delivery.nack("x", Duration.ofHours(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("delay in ms");
  }

  @Test
  void handlersRunOneAtATimeInTheOrderOfDeliveryByDefault() {
    AtomicInteger running = new AtomicInteger();
    List<Integer> seen = new CopyOnWriteArrayList<>();
    List<Integer> together = new CopyOnWriteArrayList<>();
    connect()
        .subscribe(
            NUMBERS,
            "g",
            d -> {
              together.add(running.incrementAndGet());
              seen.add(d.payload());
              running.decrementAndGet();
            });

    for (int i = 1; i <= 50; i++) {
      deliver(i);
    }

    until(() -> seen.size() == 50);
    assertThat(together).containsOnly(1);
    assertThat(seen).isSorted();
  }

  @Test
  void asManyHandlersRunAsTheConcurrencyAllows() {
    CountDownLatch three = new CountDownLatch(3);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger started = new AtomicInteger();
    EventClient client = connect();
    client.subscribe(
        NUMBERS,
        "g",
        ClientSubscribeOptions.builder().concurrency(3).build(),
        d -> {
          started.incrementAndGet();
          three.countDown();
          reached(go);
        });

    for (int i = 1; i <= 5; i++) {
      deliver(i);
    }
    reached(three);
    client.publish(NUMBERS, 1);
    int before = started.get();
    go.countDown();

    assertThat(before).isEqualTo(3);
    until(() -> started.get() == 5);
  }

  @Test
  void handlersRunOnWorkersOfTheClient() {
    CompletableFuture<String> thread = new CompletableFuture<>();
    connect().subscribe(NUMBERS, "g", d -> thread.complete(Thread.currentThread().getName()));

    deliver(1);

    assertThat(get(thread)).startsWith("prom-client-worker-");
  }

  @Test
  void aSlowHandlerHoldsUpNoOtherSubscription() {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch other = new CountDownLatch(1);
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> reached(go));
    client.subscribe(NUMBERS, "h", d -> other.countDown());

    deliver(1);
    gateway.current().send(ScriptedGateway.event("numbers", "h", 1));

    reached(other);
    go.countDown();
  }

  @Test
  void aPausedSubscriptionStartsNothingUntilItIsResumed() {
    List<Integer> seen = new CopyOnWriteArrayList<>();
    EventClient client = connect();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> seen.add(d.payload()));

    subscription.pause();
    gateway.next(ClientFrame.Pause.class);
    deliver(1);
    until(() -> subscription.inFlight() == 1);
    List<Integer> whilePaused = List.copyOf(seen);
    subscription.resume();
    gateway.next(ClientFrame.Resume.class);

    until(() -> seen.equals(List.of(1)));
    assertThat(whilePaused).isEmpty();
  }

  @Test
  void unsubscribeSaysSoToTheGateway() {
    EventClient client = connect();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> {});

    assertThat(client.unsubscribe("numbers", "g")).isTrue();
    assertThat(client.unsubscribe("numbers", "g")).isFalse();
    assertThat(gateway.next(ClientFrame.Unsubscribe.class).group()).isEqualTo("g");
    get(subscription.ended());
  }

  @Test
  void aGroupCanBeSubscribedAgainAfterItsEnd() {
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> {}).close();
    CountDownLatch handled = new CountDownLatch(1);
    client.subscribe(NUMBERS, "g", d -> handled.countDown());

    deliver(1);

    reached(handled);
  }

  @Test
  void aHandlerMayCloseItsOwnSubscription() {
    EventClient client = connect(builder().gracePeriod(LIMIT));
    CompletableFuture<ClientSubscription> itself = new CompletableFuture<>();
    itself.complete(client.subscribe(NUMBERS, "g", d -> get(itself).close()));

    deliver(1);

    gateway.next(ClientFrame.Ack.class);
    gateway.next(ClientFrame.Unsubscribe.class);
  }

  @Test
  void theSamePairTwiceIsRefused() {
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> {});

    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", d -> {}))
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_SUBSCRIBED));
  }

  @Test
  void aRefusedSubscribeIsATypedErrorAndCanBeTriedAgain() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Subscribe) {
            from.send(
                ServerFrame.Err.of(
                    ErrorCode.BAD_REQUEST, "opts.maxAttempts differs", frame.corr()));
          }
          return frame instanceof ClientFrame.Subscribe;
        });
    EventClient client = connect();

    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", d -> {}))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("maxAttempts differs");
    gateway.script((from, frame) -> false);
    assertThat(client.subscribe(NUMBERS, "g", d -> {}).group()).isEqualTo("g");
  }

  @Test
  void aSubscribeWithoutAnAnswerFailsAfterFifteenSecondsAndIsTakenBack() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Subscribe);
    EventClient client = connectByHand();

    CompletableFuture<ClientSubscription> answer =
        client.subscribeAsync(NUMBERS, "g", ClientSubscribeOptions.defaults(), d -> {});
    gateway.next(ClientFrame.Subscribe.class);
    clock.advance(Duration.ofSeconds(15));

    assertThat(failure(answer)).isInstanceOf(NoAnswerException.class);
    gateway.next(ClientFrame.Unsubscribe.class);
  }

  @Test
  void anInterruptedSubscribeIsTakenBack() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Subscribe);
    EventClient client = connect();
    Thread subscribing =
        new Thread(
            () -> {
              try {
                client.subscribe(NUMBERS, "g", d -> {});
              } catch (NoAnswerException expected) {
                assertThat(expected).hasMessageContaining("interrupted");
              }
            });
    subscribing.start();
    gateway.next(ClientFrame.Subscribe.class);

    subscribing.interrupt();

    assertThat(gateway.next(ClientFrame.Unsubscribe.class).group()).isEqualTo("g");
  }

  @Test
  void aRevokedSubscriptionEndsWithTheReason() {
    EventClient client = connect();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> {});

    gateway.current().send(new ServerFrame.Revoked("numbers", "g", "no longer yours"));

    assertThat(failure(subscription.ended()))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("no longer yours");
  }

  @Test
  void aGapIsToldToItsListener() {
    CompletableFuture<List<Long>> gap = new CompletableFuture<>();
    connect()
        .subscribe(
            NUMBERS,
            "g",
            ClientSubscribeOptions.builder()
                .gapListener((from, to) -> gap.complete(List.of(from, to)))
                .build(),
            d -> {});

    gateway.current().send(new ServerFrame.Gap("numbers", "g", 3, 9));

    assertThat(get(gap)).containsExactly(3L, 9L);
  }

  @Test
  void noMoreThanMaxInFlightIsEverQueued() {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    EventClient client = connect();
    ClientSubscription subscription =
        client.subscribe(
            NUMBERS,
            "g",
            ClientSubscribeOptions.builder().maxInFlight(2).build(),
            d -> {
              started.countDown();
              reached(go);
            });
    deliver(1);
    reached(started);

    for (int i = 2; i <= 50; i++) {
      deliver(i);
    }
    gateway.current().send(ScriptedGateway.event("numbers", "unknown", 1));
    client.publish(NUMBERS, 1);

    assertThat(subscription.inFlight()).isEqualTo(3);
    go.countDown();
  }

  @Test
  void whatIsNeverSettledIsLetGoAfterItsLease() {
    AtomicInteger handled = new AtomicInteger();
    ClientSubscription subscription =
        connectByHand()
            .subscribe(
                NUMBERS,
                "g",
                ClientSubscribeOptions.builder().manualAck().noExtension().maxInFlight(2).build(),
                d -> handled.incrementAndGet());

    for (int i = 1; i <= 50; i++) {
      int number = i;
      deliver(number);
      until(() -> handled.get() == number);
      clock.advance(Duration.ofSeconds(31));
    }

    assertThat(subscription.inFlight()).isLessThan(10);
  }

  @Test
  void everyOptionIsSent() {
    Filter.Match filter = new Filter.Match("k", List.of("t"), Map.of("h", "v"));
    connect()
        .subscribe(
            NUMBERS,
            "g",
            ClientSubscribeOptions.builder()
                .startAt(new StartAt.AfterSeq(4))
                .ordering(Ordering.KEY)
                .filter(filter)
                .maxAttempts(7)
                .ackDeadline(Duration.ofSeconds(9))
                .maxInFlight(11)
                .build(),
            d -> {});

    assertThat(gateway.next(ClientFrame.Subscribe.class).opts())
        .isEqualTo(
            new SubscribeOpts(
                new StartAt.AfterSeq(4),
                null,
                11,
                9000L,
                7,
                Ordering.KEY,
                11,
                true,
                filter,
                false,
                false));
  }

  @Test
  void everyStartPositionIsSent() {
    EventClient client = connect();
    List<StartAt> starts =
        List.of(
            StartAt.EARLIEST,
            StartAt.LATEST,
            new StartAt.AfterSeq(1),
            new StartAt.AfterId("e1"),
            new StartAt.Since(Instant.ofEpochMilli(5)));

    for (StartAt start : starts) {
      client
          .subscribe(NUMBERS, "g", ClientSubscribeOptions.builder().startAt(start).build(), d -> {})
          .close();
      StartAt sent = gateway.next(ClientFrame.Subscribe.class).opts().from();
      assertThat(sent == null ? StartAt.LATEST : sent).isEqualTo(start);
    }
  }

  @Test
  void optionsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> ClientSubscribeOptions.builder().maxInFlight(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxInFlight must be from 1 to 4000, is 0");
    assertThatThrownBy(() -> ClientSubscribeOptions.builder().concurrency(4001).build())
        .hasMessageContaining("concurrency");
    assertThatThrownBy(() -> ClientSubscribeOptions.builder().maxAttempts(0).build())
        .hasMessageContaining("maxAttempts");
    assertThatThrownBy(() -> ClientSubscribeOptions.builder().ackDeadline(Duration.ZERO).build())
        .hasMessageContaining("ackDeadline");
    assertThatThrownBy(
            () -> ClientSubscribeOptions.builder().extendUpTo(Duration.ofDays(1)).build())
        .hasMessageContaining("extendUpTo");
  }

  @Test
  void aGenericPayloadIsReadAsItsType() {
    CompletableFuture<Map<String, Integer>> payload = new CompletableFuture<>();
    Topic<Map<String, Integer>> maps =
        Topic.of("maps", new TypeReference<Map<String, Integer>>() {});
    connect().subscribe(maps, "g", d -> payload.complete(d.payload()));

    sendPayload("maps", Payload.json("{\"a\":1}"));

    assertThat(get(payload)).containsEntry("a", 1);
  }

  private void sendPayload(String topic, Payload payload) {
    gateway
        .current()
        .send(
            new ServerFrame.Event(
                topic,
                "g",
                new EventRecord("e1", 1, 1, 1, topic, payload, EventMeta.NONE),
                ServerFrame.Context.leased(1, 30_000, "l")));
  }

  @Test
  void aTombstoneHasNoPayload() {
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    connect().subscribe(NUMBERS, "g", MANUAL, delivered::complete);

    sendPayload("numbers", Payload.NULL);

    assertThat(get(delivered).isTombstone()).isTrue();
    assertThatThrownBy(() -> get(delivered).payload())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tombstone");
  }

  @Test
  void aPayloadThatDoesNotFitTheTypeIsNacked() {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    connect()
        .subscribe(
            NUMBERS,
            "g",
            d -> {
              try {
                assertThat(d.payload()).isNotNull();
              } catch (PayloadException e) {
                thrown.complete(e);
                throw e;
              }
            });

    sendPayload("numbers", Payload.json("{\"no\":\"number\"}"));

    assertThat(get(thrown)).hasMessageContaining("Integer");
    assertThat(gateway.next(ClientFrame.Nack.class).reason()).contains("PayloadException");
  }
}
