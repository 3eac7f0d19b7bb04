package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.PromException;
import io.promlib.bus.EventBus;
import io.promlib.bus.PublishException;
import io.promlib.event.EventRecord;
import io.promlib.event.PayloadException;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.store.memory.InMemoryLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Publishes of many threads at once, over a store that a test slows down and lets fail. */
@Timeout(180)
class AppenderTest {
  private static final Topic<String> ORDERS = Topic.of("orders", String.class);
  private static final int THREADS = 8;
  private static final int EACH = 1_500;

  /* As a store that writes JSON would, before it appends anything. */
  private final InMemoryEventStore store =
      new InMemoryEventStore(InMemoryLimits.defaults().sizer(AppenderTest::refuseBad));
  private final Appends appends = new Appends();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger tasks = new AtomicInteger();
  private final EventBus bus =
      EventBus.builder()
          .stores(new ShakyEvents(store, appends), new InMemoryGroupStore())
          .workers(
              task -> {
                tasks.incrementAndGet();
                threads.execute(task);
              })
          .build();

  @AfterEach
  void close() {
    bus.close();
    threads.shutdownNow();
  }

  @Test
  void eachThreadsPublishesKeepTheirOrderAndEachIsAnswered() throws Exception {
    List<Callable<List<CompletableFuture<Published>>>> work = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      work.add(() -> publishMixed(thread, new Random(thread)));
    }
    for (Future<List<CompletableFuture<Published>>> thread : threads.invokeAll(work)) {
      long before = 0;
      for (CompletableFuture<Published> answer : thread.get(60, TimeUnit.SECONDS)) {
        long seq = answer.get(60, TimeUnit.SECONDS).record().seq();
        assertThat(seq).isGreaterThan(before);
        before = seq;
      }
    }
    assertThat(store.extent(ORDERS.name()).tail()).isEqualTo((long) THREADS * EACH);
  }

  @Test
  void publishesThatComeWhileAnAppendIsUnderWayGoTogether() throws Exception {
    appends.hold();
    List<CompletableFuture<Published>> answers = new ArrayList<>();
    answers.add(CompletableFuture.supplyAsync(() -> bus.publish(ORDERS, "first"), threads));
    assertThat(appends.held.await(60, TimeUnit.SECONDS)).isTrue();
    for (int i = 1; i <= 100; i++) {
      answers.add(bus.publishAsync(ORDERS, "event " + i, PublishOptions.none()));
    }
    appends.release();
    for (CompletableFuture<Published> answer : answers) {
      answer.get(60, TimeUnit.SECONDS);
    }
    assertThat(appends.count.get()).isEqualTo(2);
  }

  @Test
  void oneWorkerWaitsForTheStoreHoweverManyArePublishedWithoutWaiting() throws Exception {
    appends.hold();
    List<CompletableFuture<Published>> answers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      answers.add(bus.publishAsync(ORDERS, "event " + i, PublishOptions.none()));
      if (i == 0) {
        assertThat(appends.held.await(60, TimeUnit.SECONDS)).isTrue();
      }
    }
    assertThat(tasks.get()).isLessThanOrEqualTo(2);
    appends.release();
    for (CompletableFuture<Published> answer : answers) {
      answer.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void aFailedAppendFailsTheOnesThatWentTogetherEachWithItsOwnIdAndNoOther() throws Exception {
    appends.hold();
    CompletableFuture<Published> ahead =
        CompletableFuture.supplyAsync(() -> bus.publish(ORDERS, "first"), threads);
    assertThat(appends.held.await(60, TimeUnit.SECONDS)).isTrue();
    Map<String, CompletableFuture<Published>> lost = new HashMap<>();
    for (int i = 1; i <= 20; i++) {
      String id = "id-" + i;
      lost.put(id, bus.publishAsync(ORDERS, "x", PublishOptions.none().id(id)));
    }
    appends.failNext();
    appends.release();

    ahead.get(60, TimeUnit.SECONDS);
    for (Map.Entry<String, CompletableFuture<Published>> one : lost.entrySet()) {
      assertThat(failure(one.getValue()).ids()).containsExactly(one.getKey());
    }
    bus.publish(ORDERS, "after");
    assertThat(store.read(ORDERS.name(), 1, 10).events())
        .extracting(EventRecord::seq)
        .containsExactly(1L, 2L);
  }

  @Test
  void anEventThatTheStoreCannotWriteFailsAloneOfThoseThatWentTogether() throws Exception {
    appends.hold();
    List<CompletableFuture<Published>> good = new ArrayList<>();
    good.add(CompletableFuture.supplyAsync(() -> bus.publish(ORDERS, "first"), threads));
    assertThat(appends.held.await(60, TimeUnit.SECONDS)).isTrue();
    good.add(bus.publishAsync(ORDERS, "before", PublishOptions.none()));
    CompletableFuture<Published> bad =
        bus.publishAsync(ORDERS, "bad", PublishOptions.none().id("bad"));
    good.add(bus.publishAsync(ORDERS, "after", PublishOptions.none()));
    appends.release();

    for (CompletableFuture<Published> answer : good) {
      answer.get(60, TimeUnit.SECONDS);
    }
    assertThatThrownBy(() -> bad.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(PayloadException.class);
    assertThat(store.bounds(ORDERS.name()).tail()).isEqualTo(3);
  }

  private static long refuseBad(Object payload) {
    if (payload.equals("bad")) {
      throw new PayloadException("cannot be written", new IOException("refused by the test"));
    }
    return 10;
  }

  private List<CompletableFuture<Published>> publishMixed(int thread, Random random) {
    List<CompletableFuture<Published>> answers = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      String payload = thread + "/" + i;
      if (random.nextBoolean()) {
        answers.add(bus.publishAsync(ORDERS, payload, PublishOptions.none()));
      } else {
        answers.add(CompletableFuture.completedFuture(bus.publish(ORDERS, payload)));
      }
    }
    return answers;
  }

  private static PublishException failure(CompletableFuture<Published> answer) throws Exception {
    try {
      answer.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PublishException failure) {
        return failure;
      }
      throw e;
    }
    throw new AssertionError("was appended");
  }

  /** Counts appends, and holds or fails one. */
  private static final class Appends implements Faults {
    final AtomicInteger count = new AtomicInteger();
    final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private volatile boolean holds;
    private volatile int failing = -1;

    /** The first append waits for {@link #release}. */
    void hold() {
      holds = true;
    }

    void release() {
      go.countDown();
    }

    /** The append after the one that is held fails. */
    void failNext() {
      failing = count.get() + 1;
    }

    @Override
    public <R> R strike(String call, boolean others, Supplier<R> real) {
      if (call.equals("append")) {
        int number = count.incrementAndGet();
        if (holds && number == 1) {
          held.countDown();
          await();
        }
        if (number == failing) {
          throw new PromException("the store cannot be reached");
        }
      }
      return real.get();
    }

    private void await() {
      try {
        if (!go.await(120, TimeUnit.SECONDS)) {
          throw new AssertionError("never released");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public boolean loses() {
      return false;
    }

    @Override
    public boolean isOver() {
      return false;
    }
  }
}
