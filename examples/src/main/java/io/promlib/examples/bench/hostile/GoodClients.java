package io.promlib.examples.bench.hostile;

import io.promlib.bus.AckResult;
import io.promlib.client.ClientDelivery;
import io.promlib.client.ClientState;
import io.promlib.client.ClientSubscribeOptions;
import io.promlib.client.Confirmed;
import io.promlib.client.EventClient;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Clients that each publish to a topic of their own at a fixed rate and get it back. An event's
 * time runs from the moment it was due to the answer to its ack, so that nothing hides what it
 * waited.
 */
final class GoodClients implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(120);

  /** An event, and when it was due by this process's clock. */
  record Ball(long number, long due) {}

  private final List<EventClient> clients = new ArrayList<>();
  private final List<Topic<Ball>> topics = new ArrayList<>();
  private final int rate;
  private final Set<Long> flying = ConcurrentHashMap.newKeySet();
  private final AtomicInteger repeated = new AtomicInteger();
  private final AtomicInteger cuts = new AtomicInteger();
  private volatile Histogram nanos = histogram();
  private volatile String problem = "-";
  private long number;

  GoodClients(URI gateway, String token, int count, int rate) {
    this.rate = rate;
    for (int i = 0; i < count; i++) {
      EventClient client =
          EventClient.builder(gateway)
              .token(token)
              .onStateChange(
                  (state, cause) -> {
                    if (state == ClientState.DISCONNECTED) {
                      cuts.incrementAndGet();
                    }
                  })
              .connect();
      Topic<Ball> topic = Topic.of("good.round-" + i, Ball.class);
      client.subscribe(
          topic, "good", ClientSubscribeOptions.builder().manualAck().build(), this::onEvent);
      clients.add(client);
      topics.add(topic);
    }
  }

  private static Histogram histogram() {
    return new ConcurrentHistogram(LONGEST_NANOS, 3);
  }

  private void onEvent(ClientDelivery<Ball> delivery) {
    Ball ball = delivery.payload();
    CompletableFuture<Void> unused =
        delivery
            .ack()
            .thenAccept(
                result -> {
                  if (result == AckResult.OK && flying.remove(ball.number())) {
                    nanos.recordValue(Math.min(LONGEST_NANOS, System.nanoTime() - ball.due()));
                  } else {
                    repeated.incrementAndGet();
                  }
                });
  }

  /** Publishes for so long, then waits until every event is back, or none comes any more. */
  Histogram measure(long forNanos) {
    flying.clear();
    repeated.set(0);
    cuts.set(0);
    problem = "-";
    nanos = histogram();
    long interval = TimeUnit.SECONDS.toNanos(1) / ((long) rate * clients.size());
    long start = System.nanoTime();
    for (long due = start; due - start < forNanos; due += interval) {
      for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
        LockSupport.parkNanos(early);
      }
      int client = (int) (number % clients.size());
      flying.add(number);
      publish(client, due);
    }
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (!flying.isEmpty() && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return nanos;
  }

  private void publish(int client, long due) {
    CompletableFuture<Confirmed> unused =
        clients
            .get(client)
            .publishAsync(topics.get(client), new Ball(number++, due), PublishOptions.none())
            .whenComplete(
                (confirmed, failure) -> {
                  if (failure != null) {
                    problem = String.valueOf(failure.getMessage());
                  }
                });
  }

  /** Why the last publish failed; a dash if none did. */
  String problem() {
    return problem;
  }

  /** Events of the last measure that did not come back. */
  int lost() {
    return flying.size();
  }

  /** Events that came twice, or whose ack came too late. */
  int repeated() {
    return repeated.get();
  }

  /** How often a client lost its connection during the last measure. */
  int cuts() {
    return cuts.get();
  }

  @Override
  public void close() {
    clients.forEach(EventClient::close);
  }
}
