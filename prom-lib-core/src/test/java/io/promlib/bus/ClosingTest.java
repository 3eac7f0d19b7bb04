package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a close does to handlers that run, seen by the next bus on the same stores. */
@Timeout(180)
class ClosingTest {
  private static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);

  private final InMemoryEventStore events = new InMemoryEventStore();
  private final InMemoryGroupStore groups = new InMemoryGroupStore();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);

  @AfterEach
  void closeStores() {
    mayEnd.countDown();
    events.close();
    groups.close();
  }

  @Test
  void aRunningHandlerEndsAndItsAckIsWritten() throws Exception {
    EventBus bus = busWithARunningHandler(Duration.ofMinutes(1));

    CompletableFuture<Void> closing = CompletableFuture.runAsync(bus::close);
    await().until(() -> isClosed(bus));
    mayEnd.countDown();
    closing.get();

    try (EventBus next = bus(Duration.ofSeconds(1))) {
      assertThat(next.admin().group(ORDERS.name(), "billing").orElseThrow().floor()).isEqualTo(1);
    }
  }

  @Test
  void aHandlerThatOverrunsTheGracePeriodIsHandedBackUncounted() throws Exception {
    busWithARunningHandler(Duration.ofMillis(50)).close();

    BlockingQueue<Integer> attempts = new LinkedBlockingQueue<>();
    try (EventBus next = bus(Duration.ofSeconds(1))) {
      next.subscribe(ORDERS, "billing", delivery -> attempts.add(delivery.attempt()));
      assertThat(attempts.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  @Test
  void aGraceThatIsOverAtOnceHasATryLeft() throws Exception {
    CountDownLatch got = new CountDownLatch(1);
    try (EventBus bus = bus(Duration.ofNanos(1))) {
      SubscribeOptions manual = SubscribeOptions.builder().manualAck().build();
      bus.subscribe(ORDERS, "billing", manual, delivery -> got.countDown());
      bus.publish(ORDERS, "one");
      got.await();
    }
    GroupState left = groups.load(new GroupKey(ORDERS.name(), "billing")).orElseThrow().state();
    assertThat(left.claims()).isEmpty();
    assertThat(left.waiting()).allMatch(event -> event.failures() == 0);
  }

  @Test
  void aStoreThatFailsDuringTheCloseIsTriedAgainUntilAllIsHandedBack() throws Exception {
    AtomicInteger failing = new AtomicInteger();
    GroupStore shaky =
        (GroupStore)
            Proxy.newProxyInstance(
                GroupStore.class.getClassLoader(),
                new Class<?>[] {GroupStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("compareAndSet") && failing.getAndDecrement() > 0) {
                    throw new StoreUnavailableException("an election is under way", null);
                  }
                  return method.invoke(groups, arguments);
                });
    CountDownLatch acked = new CountDownLatch(1);
    try (EventBus bus =
        EventBus.builder()
            .stores(events, shaky)
            .ackDelay(Duration.ofMinutes(1))
            .closeGrace(Duration.ofMinutes(1))
            .build()) {
      SubscribeOptions manual = SubscribeOptions.builder().manualAck().build();
      bus.subscribe(
          ORDERS,
          "billing",
          manual,
          delivery -> {
            if (delivery.record().seq() == 1) {
              delivery.ack();
              acked.countDown();
            }
          });
      bus.publish(ORDERS, "one");
      bus.publish(ORDERS, "two");
      acked.await();
      failing.set(3);
    }

    GroupState left = groups.load(new GroupKey(ORDERS.name(), "billing")).orElseThrow().state();
    assertThat(left.claims()).isEmpty();
    assertThat(left.floor()).isEqualTo(1);
    assertThat(left.waiting()).allMatch(event -> event.failures() == 0);
  }

  @Test
  void nothingIsLeftScheduledOnAClockThatTheHostKeeps() throws Exception {
    ManualClock clock = new ManualClock();
    EventBus bus = EventBus.builder().stores(events, groups).timing(clock).build();
    CountDownLatch handled = new CountDownLatch(1);
    bus.subscribe(ORDERS, "billing", delivery -> handled.countDown());
    SubscribeOptions manual = SubscribeOptions.builder().manualAck().build();
    bus.subscribe(ORDERS, "audit", manual, delivery -> started.countDown());
    bus.publish(ORDERS, "one");
    handled.await();
    started.await();
    assertThat(clock.pending()).isPositive();

    bus.close();

    assertThat(clock.pending()).isZero();
  }

  private EventBus busWithARunningHandler(Duration grace) throws InterruptedException {
    EventBus bus = bus(grace);
    bus.subscribe(
        ORDERS,
        "billing",
        delivery -> {
          started.countDown();
          mayEnd.await();
        });
    bus.publish(ORDERS, "one");
    started.await();
    return bus;
  }

  private EventBus bus(Duration grace) {
    return EventBus.builder().stores(events, groups).closeGrace(grace).build();
  }

  private static boolean isClosed(EventBus bus) {
    try {
      bus.admin();
      return false;
    } catch (BusClosedException closed) {
      return true;
    }
  }
}
