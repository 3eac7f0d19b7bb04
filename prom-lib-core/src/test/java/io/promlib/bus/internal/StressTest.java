package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Everything at once on real threads, for two seconds or {@code -Dprom.stressMillis}. */
@Timeout(600)
class StressTest {
  private static final Topic<Integer> ORDERS = Topic.of("orders", Integer.class);
  private static final Duration TIME = Duration.ofMillis(Long.getLong("prom.stressMillis", 2_000));
  private static final int MOST_EVENTS = 20_000;
  private static final int PUBLISHERS = 4;
  private static final int KEYS = 5;

  /* A lease that is live after the start was noted was live when it was. */
  private record Start(EventRecord event, AtomicBoolean live) {}

  private final Set<Thread> others = PromThreads.alive();
  private final EventBus bus = EventBus.builder().closeGrace(Duration.ofMinutes(1)).build();
  private final Map<Ordering, Queue<Start>> started = new ConcurrentHashMap<>();
  private final Map<Ordering, Semaphore> handled = new ConcurrentHashMap<>();
  private final Map<Ordering, Set<Long>> returned = new ConcurrentHashMap<>();
  private volatile boolean calm;

  @Test
  void whoeverComesAndGoesEachGroupHandlesOrBuriesEachEventInOrder() throws Exception {
    for (Ordering ordering : Ordering.values()) {
      started.put(ordering, new ConcurrentLinkedQueue<>());
      handled.put(ordering, new Semaphore(0));
      returned.put(ordering, ConcurrentHashMap.newKeySet());
      subscribe(ordering, 2).close();
    }
    long end = System.nanoTime() + TIME.toNanos();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Integer>> publishers = new ArrayList<>();
    for (int i = 0; i < PUBLISHERS; i++) {
      publishers.add(threads.submit(publisher(end, i)));
    }
    List<Future<Integer>> subscribers = new ArrayList<>();
    for (Ordering ordering : Ordering.values()) {
      subscribers.add(threads.submit(comingAndGoing(ordering, end)));
    }
    int published = 0;
    for (Future<Integer> publisher : publishers) {
      published += publisher.get(60, TimeUnit.SECONDS);
    }
    for (Future<Integer> subscriber : subscribers) {
      subscriber.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    calm = true;
    for (Ordering ordering : Ordering.values()) {
      subscribe(ordering, 4);
    }

    for (Ordering ordering : Ordering.values()) {
      allIsDone(ordering, published);
      eachIsHandledOrALetter(ordering, published);
    }
    startsAreInOrder(Ordering.KEY);
    startsAreInOrder(Ordering.TOPIC);
    bus.close();
    await().untilAsserted(() -> assertThat(PromThreads.alive()).isSubsetOf(others));
  }

  private Callable<Integer> publisher(long end, int number) {
    return () -> {
      Random random = new Random(number);
      int count = 0;
      while (System.nanoTime() < end && count < MOST_EVENTS / PUBLISHERS) {
        PublishOptions options = PublishOptions.none().key("k" + random.nextInt(KEYS));
        if (random.nextInt(3) == 0) {
          bus.publishAsync(ORDERS, count, options).get(60, TimeUnit.SECONDS);
        } else {
          bus.publish(ORDERS, count, options);
        }
        count++;
      }
      return count;
    };
  }

  private Callable<Integer> comingAndGoing(Ordering ordering, long end) {
    return () -> {
      Random random = new Random(ordering.name().length());
      List<Subscription> here = new ArrayList<>();
      int count = 0;
      while (System.nanoTime() < end) {
        if (here.size() < 1 + random.nextInt(3)) {
          here.add(subscribe(ordering, 1 + random.nextInt(4)));
        } else {
          here.remove(random.nextInt(here.size())).close();
        }
        count++;
        boolean unused =
            of(handled, ordering).tryAcquire(1 + random.nextInt(100), 20, TimeUnit.MILLISECONDS);
      }
      here.forEach(Subscription::close);
      return count;
    };
  }

  private Subscription subscribe(Ordering ordering, int concurrency) {
    return bus.subscribe(
        ORDERS,
        ordering.name(),
        SubscribeOptions.builder()
            .startAt(StartAt.EARLIEST)
            .ordering(ordering)
            .maxAttempts(3)
            .backoff(Backoff.fixed(Duration.ofMillis(2)))
            .concurrency(concurrency)
            .build(),
        delivery -> handle(ordering, delivery));
  }

  private void handle(Ordering ordering, Delivery<Integer> delivery) {
    Start start = new Start(delivery.record(), new AtomicBoolean());
    of(started, ordering).add(start);
    start.live().set(!delivery.leaseLost());
    of(handled, ordering).release();
    if (!calm && ThreadLocalRandom.current().nextInt(50) == 0) {
      throw new IllegalStateException("by chance");
    }
    of(returned, ordering).add(delivery.record().seq());
  }

  private void allIsDone(Ordering ordering, int published) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              GroupView group = bus.admin().group(ORDERS.name(), ordering.name()).orElseThrow();
              assertThat(group.floor()).as("%s", group).isEqualTo(published);
              assertThat(group.unfinished()).isZero();
            });
  }

  private void eachIsHandledOrALetter(Ordering ordering, int published) {
    Set<Long> all = new HashSet<>(of(returned, ordering));
    List<Long> letters =
        bus.admin().deadLetters(ORDERS.name()).list(1, 10_000).stream()
            .filter(letter -> letter.group().equals(ordering.name()))
            .map(DeadLetter::original)
            .map(EventRecord::seq)
            .toList();
    assertThat(letters).doesNotHaveDuplicates();
    all.addAll(letters);
    assertThat(all).as("%s", ordering).hasSize(published);
  }

  /* Nothing here overruns its lease, so no event starts under a live one before all starts of its predecessor. */
  private void startsAreInOrder(Ordering ordering) {
    Map<String, Long> last = new HashMap<>();
    for (Start start : of(started, ordering)) {
      EventRecord record = start.event();
      if (!start.live().get()) {
        continue;
      }
      String lane = ordering == Ordering.KEY ? String.valueOf(record.key()) : "all";
      long before = last.getOrDefault(lane, 0L);
      assertThat(record.seq()).as("%s, lane %s", ordering, lane).isGreaterThanOrEqualTo(before);
      last.put(lane, record.seq());
    }
  }

  private static <V> V of(Map<Ordering, V> map, Ordering ordering) {
    return Objects.requireNonNull(map.get(ordering));
  }
}
