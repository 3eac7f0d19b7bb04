package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.event.Topic;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A scripted gateway, and clients that are closed after the test. */
abstract class ClientTest {
  static final Topic<Integer> NUMBERS = Topic.of("numbers", Integer.class);
  static final Duration LIMIT = Duration.ofSeconds(60);

  final ScriptedGateway gateway = new ScriptedGateway();
  final ManualClock clock = new ManualClock();
  private final List<EventClient> clients = new ArrayList<>();

  EventClientBuilder builder() {
    return defaults().requestTimeout(LIMIT);
  }

  private EventClientBuilder defaults() {
    return EventClient.builder(gateway.uri()).token("t").gracePeriod(Duration.ofSeconds(1));
  }

  /** For a client whose time stands still until the test turns {@link #clock}. */
  EventClientBuilder byHand() {
    return defaults().timing(clock);
  }

  /** The same, but nothing counts as late while {@link #turnUntil} turns the clock. */
  EventClientBuilder patient() {
    return byHand().requestTimeout(Duration.ofHours(1)).keepAlive(Duration.ofHours(1));
  }

  EventClient connect() {
    return connect(builder());
  }

  EventClient connect(EventClientBuilder builder) {
    EventClient client = builder.connect();
    clients.add(client);
    return client;
  }

  EventClient connectByHand() {
    return connect(byHand());
  }

  /** Lets a client that lost its connection begin the next try; then the clock stands still. */
  void tryAgain(EventClient client) {
    until(() -> client.state() == ClientState.DISCONNECTED);
    // The first back-offs take less.
    clock.advance(Duration.ofSeconds(1));
  }

  /**
   * Turns the clock in steps until something holds: far quicker than time goes by, so that what
   * takes its time is late soon.
   */
  void turnUntil(Callable<Boolean> holds) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(LIMIT)
        .until(
            () -> {
              clock.advance(Duration.ofMillis(50));
              return holds.call();
            });
  }

  static void until(Callable<Boolean> holds) {
    await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).atMost(LIMIT).until(holds);
  }

  /** Runs each task on a thread of its own, as the common pool may have but one. */
  static Executor anyThread() {
    return task -> {
      Thread thread = new Thread(task, "test");
      thread.setDaemon(true);
      thread.start();
    };
  }

  static void reached(CountDownLatch latch) {
    try {
      assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static <T> T get(CompletableFuture<T> answer) {
    try {
      return answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  static Throwable failure(CompletableFuture<?> answer) {
    try {
      Object value = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      throw new AssertionError("should have failed, gave " + value);
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  @AfterEach
  void closeAll() {
    // A hand-turned clock is turned on, for the grace periods.
    CompletableFuture<Void> closed =
        CompletableFuture.runAsync(() -> clients.forEach(EventClient::close));
    turnUntil(closed::isDone);
    get(closed);
    gateway.close();
  }
}
