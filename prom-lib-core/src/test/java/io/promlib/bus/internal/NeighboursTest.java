package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One that is slow, stuck or poisoned costs the others nothing, on real threads. */
@Timeout(300)
class NeighboursTest {
  private static final Topic<Integer> ORDERS = Topic.of("orders", Integer.class);

  private final EventBus bus = EventBus.builder().closeGrace(Duration.ofSeconds(5)).build();
  private final CountDownLatch stuck = new CountDownLatch(1);

  @AfterEach
  void close() {
    stuck.countDown();
    bus.close();
  }

  @Test
  void aHandlerThatHangsPastItsLeaseHoldsUpNoOtherMember() {
    Set<Long> handled = ConcurrentHashMap.newKeySet();
    AtomicInteger hung = new AtomicInteger();
    Handler<Integer> hanging =
        delivery -> {
          hung.incrementAndGet();
          hang();
        };
    SubscribeOptions options =
        options().ackDeadline(Duration.ofMillis(300)).maxAttempts(1000).build();
    bus.subscribe(ORDERS, "mailer", options, hanging);
    publish(1);
    soon(() -> assertThat(hung.get()).isEqualTo(1));
    bus.subscribe(ORDERS, "mailer", options, delivery -> handled.add(delivery.record().seq()));

    publish(99);

    soon(() -> assertThat(handled).hasSize(100));
    soon(() -> assertThat(group("mailer").floor()).isEqualTo(100));
    assertThat(hung.get()).isEqualTo(1);
  }

  @Test
  void aPoisonEventCostsItsOwnRetriesAndNothingElse() {
    Map<Long, AtomicInteger> deliveries = new ConcurrentHashMap<>();
    bus.subscribe(
        ORDERS,
        "mailer",
        options().maxAttempts(4).build(),
        delivery -> {
          count(deliveries, delivery);
          if (delivery.payload() == 7) {
            throw new IllegalStateException("poison");
          }
        });

    publish(1_001);

    soon(() -> assertThat(group("mailer").floor()).isEqualTo(1_001));
    deliveries.forEach(
        (seq, count) -> assertThat(count.get()).as("event %s", seq).isEqualTo(seq == 8 ? 4 : 1));
    assertThat(deliveries).hasSize(1_001);
    assertThat(bus.admin().deadLetters(ORDERS.name()).list(1, 10))
        .extracting(letter -> letter.original().seq())
        .containsExactly(8L);
  }

  @Test
  void aGroupThatIsStuckLeavesAnothersPositionAlone() {
    AtomicInteger begun = new AtomicInteger();
    bus.subscribe(
        ORDERS,
        "stuck",
        options().build(),
        delivery -> {
          begun.incrementAndGet();
          hang();
        });
    bus.subscribe(ORDERS, "quick", options().build(), delivery -> {});

    publish(1_000);

    soon(() -> assertThat(group("quick").floor()).isEqualTo(1_000));
    soon(() -> assertThat(begun.get()).isEqualTo(1));
    assertThat(group("stuck").floor()).isZero();
    assertThat(group("stuck").lag()).isEqualTo(1_000);
    assertThat(group("quick").lag()).isZero();
  }

  @Test
  void eachOfFourGroupsGetsEachOfTenThousandEventsOnce() {
    int events = 10_000;
    List<AtomicIntegerArray> counts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      AtomicIntegerArray count = new AtomicIntegerArray(events + 1);
      counts.add(count);
      bus.subscribe(
          ORDERS,
          "group-" + i,
          options().concurrency(1 + i).build(),
          delivery -> count.incrementAndGet((int) delivery.record().seq()));
    }

    for (int i = 0; i < 100; i++) {
      publish(events / 100);
    }

    for (int i = 0; i < 4; i++) {
      String name = "group-" + i;
      soon(() -> assertThat(group(name).floor()).isEqualTo(events));
      AtomicIntegerArray count = counts.get(i);
      for (int seq = 1; seq <= events; seq++) {
        assertThat(count.get(seq)).as("event %d in %s", seq, name).isEqualTo(1);
      }
    }
  }

  private static void count(Map<Long, AtomicInteger> counts, Delivery<?> delivery) {
    EventRecord record = delivery.record();
    counts.computeIfAbsent(record.seq(), seq -> new AtomicInteger()).incrementAndGet();
  }

  private void hang() throws InterruptedException {
    stuck.await();
  }

  private static SubscribeOptions.Builder options() {
    return SubscribeOptions.builder()
        .startAt(StartAt.EARLIEST)
        .backoff(Backoff.fixed(Duration.ofMillis(10)));
  }

  private void publish(int count) {
    List<Message<Integer>> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(Message.of(i));
    }
    bus.publishAll(ORDERS, messages);
  }

  private GroupView group(String name) {
    return bus.admin().group(ORDERS.name(), name).orElseThrow();
  }

  private static void soon(ThrowingRunnable holds) {
    await().pollInterval(Duration.ofMillis(5)).untilAsserted(holds);
  }
}
