package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.promlib.bus.EventBus;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One event at a time to idle groups, the next when it was handled: a wake-up that is lost between
 * "nothing to do" and "asleep" stalls it here for ever. More of it: {@code -Dprom.rounds=5000000
 * -Dprom.wakeSeconds=600}.
 */
@Timeout(900)
class WakeUpTest {
  private static final Topic<Integer> BALLS = Topic.of("balls", Integer.class);
  private static final int ROUNDS = Integer.getInteger("prom.rounds", 50_000);
  private static final long NANOS =
      TimeUnit.SECONDS.toNanos(Integer.getInteger("prom.wakeSeconds", 2));

  /* A lease that ran out would wake whom nothing else woke. */
  private static final Duration LONG = Duration.ofHours(1);
  private static final long LIMIT_SECONDS = 60;

  private final EventBus bus = EventBus.builder().claimLease(LONG).build();
  private final Semaphore handled = new Semaphore(0);

  private interface Publish {
    void ball(int number);
  }

  @AfterEach
  void close() {
    bus.close();
  }

  @Test
  void anIdleGroupWakesForEachPublish() throws InterruptedException {
    play(1, number -> bus.publish(BALLS, number));
  }

  @Test
  void eachOfSeveralIdleGroupsWakesForEachPublish() throws InterruptedException {
    play(3, number -> bus.publish(BALLS, number));
  }

  @Test
  void anIdleGroupWakesForEachAsyncPublish() throws InterruptedException {
    play(1, this::publishAsync);
  }

  @Test
  void eachOfSeveralIdleGroupsWakesForEachAsyncPublish() throws InterruptedException {
    play(3, this::publishAsync);
  }

  private void publishAsync(int number) {
    var unused = bus.publishAsync(BALLS, number, PublishOptions.none());
  }

  private void play(int groups, Publish publish) throws InterruptedException {
    for (int i = 0; i < groups; i++) {
      bus.subscribe(
          BALLS,
          "players-" + i,
          SubscribeOptions.builder().ackDeadline(LONG).build(),
          delivery -> handled.release());
    }
    long begin = System.nanoTime();
    int round = 0;
    while (round < ROUNDS && System.nanoTime() - begin < NANOS) {
      publish.ball(++round);
      if (!handled.tryAcquire(groups, LIMIT_SECONDS, TimeUnit.SECONDS)) {
        fail(
            "round %d: %d of %d groups have not handled it after %d s; they stand at %s."
                + " Threads: %s. For all of them: jcmd <pid> Thread.print",
            round,
            groups - handled.availablePermits(),
            groups,
            LIMIT_SECONDS,
            bus.admin().groups(BALLS.name()),
            PromThreads.dump());
      }
    }
    assertThat(round).isPositive();
    assertThat(handled.availablePermits()).as("handled more than once").isZero();
  }
}
