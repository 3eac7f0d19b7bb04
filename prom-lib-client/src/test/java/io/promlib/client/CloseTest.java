package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.PublishException;
import io.promlib.event.PublishOptions;
import io.promlib.wire.ClientFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CloseTest extends ClientTest {

  static long threadsNamed(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }

  /** Stops the calling thread of a gateway until something holds. */
  static void holdUntil(Callable<Boolean> holds) {
    await().pollInterval(Duration.ofMillis(5)).atMost(LIMIT).until(holds);
  }

  private static List<String> clientThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(
            name ->
                name.startsWith("prom-client")
                    || name.startsWith("WebSocketWriteThread")
                    || name.startsWith("prom-timer"))
        .toList();
  }

  /** The timer's own thread ends a moment after its close. */
  private static void noThreadIsLeft() {
    until(() -> clientThreads().isEmpty());
  }

  @Test
  void closeLeavesNoThread() {
    noThreadIsLeft();
    EventClient client = connect();
    CountDownLatch handled = new CountDownLatch(1);
    client.subscribe(NUMBERS, "g", d -> handled.countDown());
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    reached(handled);
    client.publish(NUMBERS, 1);
    assertThat(clientThreads())
        .hasSizeGreaterThanOrEqualTo(4)
        .allMatch(name -> !name.startsWith("Thread-"));

    client.close();

    noThreadIsLeft();
  }

  @Test
  void aRefusedClientLeavesNoThread() {
    gateway.script(
        (from, frame) -> {
          from.send(
              io.promlib.wire.ServerFrame.Err.of(
                  io.promlib.wire.ErrorCode.BAD_TOKEN, "no", frame.corr()));
          return true;
        });

    assertThatThrownBy(() -> builder().connect()).isInstanceOf(ClientException.class);

    noThreadIsLeft();
  }

  @Test
  void closeOfAPeerThatNeverSaysGoodbyeEndsAllTheSame() {
    EventClient client = connect();
    CountDownLatch over = new CountDownLatch(1);
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            reached(over);
          }
          return true;
        });
    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());

    client.close();

    until(answer::isDone);
    noThreadIsLeft();
    over.countDown();
  }

  @Test
  void closeWaitsForRunningHandlersAndTheirAcksGoBeforeTheUnsubscribe() {
    EventClient client = connect(builder().gracePeriod(LIMIT));
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          started.countDown();
          reached(go);
        });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    gateway.current().send(ScriptedGateway.event("numbers", "g", 2));
    reached(started);
    gateway.rest();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close, anyThread());
    until(() -> refuses(client));
    go.countDown();
    get(closed);

    // The second one was waiting: it is handed back, not handled.
    assertThat(gateway.rest())
        .hasSize(2)
        .satisfies(frames -> assertThat(frames.get(0)).isInstanceOf(ClientFrame.Ack.class))
        .satisfies(frames -> assertThat(frames.get(1)).isInstanceOf(ClientFrame.Unsubscribe.class));
  }

  private static boolean refuses(EventClient client) {
    try {
      client.unsubscribe("numbers", "nobody");
      return false;
    } catch (ClientClosedException e) {
      return true;
    }
  }

  @Test
  void aHandlerMayPublishWhileTheClientCloses() {
    EventClient client = connect(builder().gracePeriod(LIMIT));
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Confirmed> inside = new CompletableFuture<>();
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          started.countDown();
          reached(go);
          inside.complete(client.publish(NUMBERS, 9));
        });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    reached(started);

    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close, anyThread());
    until(() -> refuses(client));
    go.countDown();
    get(closed);

    assertThat(get(inside).seq()).isEqualTo(1);
  }

  @Test
  void aHandlerThatOverrunsTheGracePeriodIsHandedBackUnacked() {
    EventClient client = connect(byHand().gracePeriod(Duration.ofSeconds(5)));
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<ClientDelivery<Integer>> delivery = new AtomicReference<>();
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          delivery.set(d);
          started.countDown();
          reached(go);
        });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    reached(started);

    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close, anyThread());
    until(() -> refuses(client));
    clock.advance(Duration.ofMillis(4999));
    boolean early = gateway.received(ClientFrame.Unsubscribe.class) > 0;
    clock.advance(Duration.ofMillis(1));
    gateway.next(ClientFrame.Unsubscribe.class);

    assertThat(early).isFalse();
    assertThat(delivery.get().leaseLost()).isTrue();
    go.countDown();
    get(closed);
    assertThat(gateway.received(ClientFrame.Ack.class)).isZero();
  }

  @Test
  void publishesInFlightAreAnsweredBeforeTheClientCloses() {
    List<Runnable> answers = new java.util.concurrent.CopyOnWriteArrayList<>();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish publish) {
            answers.add(() -> gateway.append(from, publish));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect(builder().gracePeriod(LIMIT));
    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    until(() -> answers.size() == 1);

    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close, anyThread());
    until(() -> refuses(client));
    answers.get(0).run();
    get(closed);

    assertThat(get(answer).seq()).isEqualTo(1);
  }

  @Test
  void aPublishThatHasNoAnswerWhenTheClientClosesCarriesItsId() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connect(builder().gracePeriod(Duration.ZERO));
    CompletableFuture<Confirmed> answer =
        client.publishAsync(NUMBERS, 1, PublishOptions.none().id("mine"));

    client.close();

    assertThat(failure(answer))
        .isInstanceOfSatisfying(
            PublishException.class, e -> assertThat(e.ids()).containsExactly("mine"));
  }

  @Test
  void closeLeavesNothingScheduled() {
    EventClient client = connectByHand();
    client.subscribe(NUMBERS, "g", d -> {});
    client.publish(NUMBERS, 1);
    int scheduled = clock.pending();

    client.close();

    assertThat(scheduled).isPositive();
    assertThat(clock.pending()).isZero();
  }

  @Test
  void anInterruptedConnectLeavesNoThread() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Auth);
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread connecting =
        new Thread(
            () -> {
              try {
                builder().connect();
              } catch (RuntimeException e) {
                thrown.complete(e);
              }
            });
    connecting.start();
    gateway.next(ClientFrame.Auth.class);

    connecting.interrupt();

    assertThat(get(thrown))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("interrupted");
    noThreadIsLeft();
  }

  @Test
  void afterTheCloseEveryCallSaysSo() {
    EventClient client = connect();
    client.close();
    client.close();

    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThatThrownBy(() -> client.publish(NUMBERS, 1)).isInstanceOf(ClientClosedException.class);
    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", d -> {}))
        .isInstanceOf(ClientClosedException.class);
  }

  @Test
  void aSubscriptionEndsWithItsClient() {
    EventClient client = connect();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> {});

    client.close();

    get(subscription.ended());
    subscription.close();
  }

  @Test
  void aHandlerMayCloseItsOwnClient() {
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> client.close());

    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));

    until(() -> client.state() == ClientState.CLOSED);
    noThreadIsLeft();
  }

  @Test
  void closingWhileDisconnectedDoesNotWait() {
    EventClient client = connect(builder().gracePeriod(Duration.ofHours(1)));
    gateway.close();
    until(() -> client.state() != ClientState.CONNECTED);
    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());

    client.close();

    assertThat(answer).isDone();
    noThreadIsLeft();
  }
}
