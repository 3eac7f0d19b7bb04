package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bus with the threads and clocks that hosts run it with. */
@Timeout(300)
class RealThreadsTest {
  private static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  private static final long SEED = 4711;

  private final CountDownLatch letGo = new CountDownLatch(1);
  private final EventBus bus = EventBus.inMemory();

  @AfterEach
  void close() {
    letGo.countDown();
    bus.close();
  }

  /* Over and over: whoever of the workers looks for more while another one does must not be the last to look. */
  @Test
  void asManyHandlersRunAtOnceAsConcurrencySaysAndNeverMore() throws Exception {
    for (int round = 0; round < 100; round++) {
      try (EventBus fresh = EventBus.inMemory()) {
        fourRunAtOnce(fresh);
      }
    }
  }

  private void fourRunAtOnce(EventBus fresh) throws InterruptedException {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(40);
    CyclicBarrier four = new CyclicBarrier(4);
    fresh.subscribe(
        ORDERS,
        "mailer",
        options().concurrency(4).build(),
        delivery -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          four.await(60, TimeUnit.SECONDS);
          running.decrementAndGet();
          done.countDown();
        });
    for (int i = 0; i < 40; i++) {
      fresh.publish(ORDERS, "order " + i);
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(most).hasValue(4);
  }

  @Test
  void theSuccessesOfEachKeyComeInTheOrderOfItsEvents() {
    int keys = 20;
    int each = 200;
    Map<String, Queue<Long>> done = new ConcurrentHashMap<>();
    Set<String> atWork = ConcurrentHashMap.newKeySet();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    Random random = new Random(SEED);
    subscribe(
        options().ordering(Ordering.KEY).concurrency(4).maxAttempts(1000),
        delivery -> {
          String key = String.valueOf(delivery.record().key());
          if (!atWork.add(key)) {
            wrong.add("two of key " + key + " at once");
          }
          try {
            if (random.nextInt(10) == 0) {
              throw new IllegalStateException("by chance, seed " + SEED);
            }
            done.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>())
                .add(delivery.record().seq());
          } finally {
            atWork.remove(key);
          }
        });
    List<Message<String>> messages = new ArrayList<>();
    for (int i = 0; i < keys * each; i++) {
      messages.add(Message.of("x", PublishOptions.none().key("k" + i % keys)));
    }
    bus.publishAll(ORDERS, messages);
    await().atMost(Duration.ofSeconds(100)).until(() -> floor() == (long) keys * each);
    assertThat(wrong).isEmpty();
    assertThat(done).hasSize(keys);
    assertThat(done.values())
        .allSatisfy(seqs -> assertThat(List.copyOf(seqs)).hasSize(each).isSorted());
  }

  @Test
  void aSlowHandlerHoldsUpNoOtherSubscription() throws InterruptedException {
    CountDownLatch quick = new CountDownLatch(100);
    CountDownLatch other = new CountDownLatch(100);
    Topic<String> paid = Topic.of("orders.paid", String.class);
    subscribe(options(), delivery -> letGo.await());
    bus.subscribe(ORDERS, "quick", options().build(), delivery -> quick.countDown());
    bus.subscribe(paid, "mailer", options().build(), delivery -> other.countDown());
    publishMany(100);
    for (int i = 0; i < 100; i++) {
      bus.publish(paid, "x");
    }
    assertThat(quick.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(other.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(floor()).isZero();
  }

  @Test
  void closingWaitsForARunningHandlerAndItsAckCounts() throws Exception {
    InMemoryEventStore events = new InMemoryEventStore();
    InMemoryGroupStore groups = new InMemoryGroupStore();
    EventBus first =
        EventBus.builder().stores(events, groups).closeGrace(Duration.ofMinutes(1)).build();
    CountDownLatch started = new CountDownLatch(1);
    first.subscribe(
        ORDERS,
        "mailer",
        options().build(),
        delivery -> {
          started.countDown();
          letGo.await();
        });
    first.publish(ORDERS, "a");
    first.publish(ORDERS, "b");
    started.await();
    Thread closing = new Thread(first::close, "closer");
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    letGo.countDown();
    closing.join(60_000);
    assertThat(closing.isAlive()).isFalse();
    try (EventBus second = EventBus.builder().stores(events, groups).build()) {
      Queue<Delivery<String>> got = new ConcurrentLinkedQueue<>();
      second.subscribe(ORDERS, "mailer", options().build(), got::add);
      await().until(() -> !got.isEmpty());
      assertThat(got).extracting(delivery -> delivery.record().seq()).containsExactly(2L);
      assertThat(got).extracting(Delivery::attempt).containsExactly(1);
    }
  }

  @Test
  void aHandlerThatHangsIsWaitedForNoLongerThanTheGraceAndItsEventGoesBack() throws Exception {
    InMemoryEventStore events = new InMemoryEventStore();
    InMemoryGroupStore groups = new InMemoryGroupStore();
    EventBus first =
        EventBus.builder().stores(events, groups).closeGrace(Duration.ofMillis(100)).build();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Queue<AckResult> late = new ConcurrentLinkedQueue<>();
    first.subscribe(
        ORDERS,
        "mailer",
        options().build(),
        delivery -> {
          started.countDown();
          try {
            letGo.await();
          } catch (InterruptedException e) {
            late.add(delivery.ack());
            interrupted.countDown();
          }
        });
    first.publish(ORDERS, "a");
    started.await();
    first.close();
    assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(late).doesNotContain(AckResult.OK);
    try (EventBus second = EventBus.builder().stores(events, groups).build()) {
      CompletableFuture<Integer> attempt = new CompletableFuture<>();
      second.subscribe(
          ORDERS, "mailer", options().build(), delivery -> attempt.complete(delivery.attempt()));
      assertThat(attempt.get(60, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  @Test
  void noThreadIsLeftOfAnIdleBus() {
    Set<Thread> before = promThreads();
    EventBus idle = EventBus.inMemory();
    idle.subscribe(ORDERS, "mailer", delivery -> {});
    idle.close();
    await().until(() -> before.containsAll(promThreads()));
  }

  @Test
  void noThreadIsLeftOfABusyBus() throws InterruptedException {
    Set<Thread> before = promThreads();
    EventBus busy = EventBus.inMemory();
    CountDownLatch some = new CountDownLatch(500);
    busy.subscribe(
        ORDERS, "mailer", options().concurrency(8).build(), delivery -> some.countDown());
    Thread publisher =
        new Thread(
            () -> {
              try {
                while (true) {
                  busy.publish(ORDERS, "x");
                }
              } catch (BusClosedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "publisher");
    publisher.start();
    assertThat(some.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(before.containsAll(promThreads())).isFalse();
    busy.close();
    publisher.join(60_000);
    assertThat(publisher.isAlive()).isFalse();
    await().until(() -> before.containsAll(promThreads()));
  }

  @Test
  void aDeliveryCanBeSettledAfterCloseWithoutHarm() throws Exception {
    CompletableFuture<Delivery<String>> got = new CompletableFuture<>();
    subscribe(options().manualAck(), got::complete);
    bus.publish(ORDERS, "a");
    Delivery<String> delivery = got.get(60, TimeUnit.SECONDS);
    bus.close();
    assertThat(delivery.ack()).isNotEqualTo(AckResult.OK);
    assertThat(delivery.nack("x")).isNotEqualTo(AckResult.OK);
    assertThat(delivery.extend(Duration.ofSeconds(1))).isNotEqualTo(AckResult.OK);
    assertThat(delivery.leaseLost()).isTrue();
    assertThatThrownBy(() -> bus.publish(ORDERS, "b")).isInstanceOf(BusClosedException.class);
  }

  @Test
  void stagesThatOtherThreadsCompleteSettleTheirEvents() {
    ExecutorService others = Executors.newFixedThreadPool(3);
    try {
      Queue<String> done = new ConcurrentLinkedQueue<>();
      Set<String> failedOnce = ConcurrentHashMap.newKeySet();
      bus.subscribe(
          ORDERS,
          "mailer",
          options().concurrency(8).build(),
          Handler.async(
              delivery ->
                  CompletableFuture.runAsync(
                      () -> {
                        String id = delivery.record().id();
                        if (delivery.record().seq() % 10 == 0 && failedOnce.add(id)) {
                          throw new IllegalStateException("once");
                        }
                        done.add(id);
                      },
                      others)));
      publishMany(500);
      await().until(() -> floor() == 500);
      assertThat(done).hasSize(500).doesNotHaveDuplicates();
      assertThat(failedOnce).hasSize(50);
    } finally {
      others.shutdownNow();
    }
  }

  @Test
  void theAsyncPublishesOfEachThreadKeepTheirOrder() throws Exception {
    int threads = 8;
    int each = 300;
    ExecutorService publishers = Executors.newFixedThreadPool(threads);
    try {
      List<CompletableFuture<List<Published>>> all = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        all.add(CompletableFuture.supplyAsync(() -> publishAsync(each), publishers));
      }
      Set<Long> seqs = new HashSet<>();
      for (CompletableFuture<List<Published>> one : all) {
        List<Published> published = one.get(60, TimeUnit.SECONDS);
        assertThat(published).extracting(Published::seq).isSorted().doesNotHaveDuplicates();
        published.forEach(answer -> seqs.add(answer.seq()));
      }
      assertThat(seqs).hasSize(threads * each);
      assertThat(bus.admin().topic(ORDERS.name()).extent().tail()).isEqualTo((long) threads * each);
    } finally {
      publishers.shutdownNow();
    }
  }

  private List<Published> publishAsync(int count) {
    List<CompletableFuture<Published>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(bus.publishAsync(ORDERS, "x", PublishOptions.none()));
    }
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private void publishMany(int count) {
    for (int i = 0; i < count; i++) {
      bus.publish(ORDERS, "x");
    }
  }

  private void subscribe(SubscribeOptions.Builder options, Handler<String> handler) {
    bus.subscribe(ORDERS, "mailer", options.build(), handler);
  }

  private long floor() {
    return bus.admin().group(ORDERS.name(), "mailer").orElseThrow().floor();
  }

  private static SubscribeOptions.Builder options() {
    return SubscribeOptions.builder()
        .startAt(StartAt.EARLIEST)
        .backoff(Backoff.fixed(Duration.ofMillis(5)));
  }

  /** The live threads of every bus in this process. */
  private static Set<Thread> promThreads() {
    Set<Thread> found = new HashSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("prom-")) {
        found.add(thread);
      }
    }
    return found;
  }
}
