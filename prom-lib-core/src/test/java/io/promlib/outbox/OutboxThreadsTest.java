package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.EventStore;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Drainers that run on threads of their own. */
@Timeout(300)
class OutboxThreadsTest {
  private static final Topic<String> WORDS = Topic.of("words", String.class);
  private static final Duration NEVER = Duration.ofDays(1);

  private final DrainBench bench = new DrainBench();
  private final InMemoryOutboxStore store = new InMemoryOutboxStore();
  private final List<String> published = new CopyOnWriteArrayList<>();
  private @Nullable OutboxDrainer drainer;

  @AfterEach
  void close() {
    if (drainer != null) {
      drainer.close();
    }
    assertThat(threads()).isEmpty();
    bench.close();
    store.close();
  }

  /* Waking up. */

  @Test
  void anAddWakesTheDrainerAtOnce() {
    start(OutboxDrainer.builder(store).interval(NEVER).each(this::note));
    awaitUntil(() -> threads().contains("prom-outbox-drain"));

    for (int i = 0; i < 20; i++) {
      add("r" + i);
      int expected = i + 1;
      awaitUntil(() -> published.size() == expected);
    }
  }

  @Test
  void whatWasAddedBeforeTheStartGoesOut() {
    add("before");

    start(OutboxDrainer.builder(store).interval(NEVER).each(this::note));

    awaitUntil(() -> published.contains("before"));
  }

  @Test
  void fullBatchesFollowOneAnotherAtOnce() {
    for (int i = 0; i < 55; i++) {
      add("r" + i);
    }

    start(OutboxDrainer.builder(store).batchSize(10).interval(NEVER).each(this::note));

    awaitUntil(() -> published.size() == 55);
  }

  @Test
  void withoutASignalItLooksAtTheInterval() {
    ShakyOutbox deaf =
        new ShakyOutbox(
            store,
            new ShakyOutbox.Faults() {
              @Override
              @SuppressWarnings("unchecked")
              public <R> R strike(String call, Supplier<R> real) {
                EventStore.Registration none = () -> {};
                return call.equals("onAdd") ? (R) none : real.get();
              }
            });
    start(
        OutboxDrainer.builder(deaf)
            .timing(bench.clock)
            .interval(Duration.ofMillis(250))
            .each(this::note));
    awaitUntil(() -> bench.clock.pending() == 1);
    add("one");

    bench.clock.advance(Duration.ofMillis(249));
    assertThat(published).isEmpty();
    bench.clock.advance(Duration.ofMillis(1));
    awaitUntil(() -> published.contains("one"));
  }

  @Test
  void sentRecordsAreRemovedInTheBackground() {
    add("one");
    add("two");

    start(
        OutboxDrainer.builder(store)
            .retention(Duration.ZERO)
            .interval(Duration.ofMillis(10))
            .each(this::note));

    awaitUntil(() -> published.size() == 2 && store.counts().sent() == 0);
  }

  /* Trouble. */

  @Test
  void aStoreThatWasAwayIsDrainedWhenItIsBack() {
    AtomicInteger failures = new AtomicInteger();
    ShakyOutbox shaky =
        new ShakyOutbox(
            store,
            new ShakyOutbox.Faults() {
              @Override
              public <R> R strike(String call, Supplier<R> real) {
                if (call.equals("claim") && failures.incrementAndGet() <= 3) {
                  throw new StoreUnavailableException("away", null);
                }
                return real.get();
              }
            });
    HeardOutbox heard = new HeardOutbox();
    add("one");

    start(OutboxDrainer.builder(shaky).interval(NEVER).listener(heard).each(this::note));

    awaitUntil(() -> heard.calls().contains("published one"));
    assertThat(heard.calls())
        .containsExactly("error away", "error away", "error away", "published one");
  }

  @Test
  void addsDoNotHurryADrainerWhoseStoreIsAway() {
    OneFault fault = new OneFault();
    fault.refuse("claim");
    start(
        OutboxDrainer.builder(new ShakyOutbox(store, fault)).timing(bench.clock).each(this::note));
    awaitUntil(() -> bench.clock.pending() == 1);

    for (int i = 0; i < 50; i++) {
      add("r" + i);
    }

    assertThat(fault.count("claim")).isEqualTo(1);
    bench.clock.advance(Duration.ofMillis(100));
    awaitUntil(() -> fault.count("claim") == 2);
  }

  @Test
  void aTargetThatWasAwayGetsEverythingWhenItIsBack() {
    AtomicInteger calls = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      add("r" + i);
    }

    start(
        OutboxDrainer.builder(store)
            .interval(Duration.ofMillis(10))
            .backoff(io.promlib.store.Backoff.fixed(Duration.ofMillis(10)))
            .each(
                record -> {
                  if (calls.incrementAndGet() <= 3) {
                    throw new StoreUnavailableException("away", null);
                  }
                  note(record);
                }));

    awaitUntil(() -> published.size() == 20);
  }

  /* Leases. */

  @Test
  void aLeaseIsRenewedWhileOnePublishTakesLong() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    OneFault calls = new OneFault();
    add("one");
    start(
        OutboxDrainer.builder(new ShakyOutbox(store, calls))
            .timing(bench.clock)
            .lease(DrainBench.LEASE)
            .listener(bench.heard)
            .to(
                (List<OutboxRecord> records) -> {
                  busy.countDown();
                  goOn.await();
                }));
    busy.await();

    for (int third = 1; third <= 9; third++) {
      awaitUntil(() -> bench.clock.pending() == 1);
      bench.clock.advance(DrainBench.LEASE.dividedBy(3));
      int expected = third;
      awaitUntil(() -> calls.count("renew") == expected);
    }
    assertThat(store.claim("other", 10, DrainBench.LEASE, bench.clock.millis())).isEmpty();
    goOn.countDown();

    awaitUntil(() -> bench.heard.calls().contains("published one"));
    assertThat(store.counts().sent()).isEqualTo(1);
  }

  /* Closing. */

  @Test
  void closingInMidBatchMarksWhatWasPublishedAndHandsBackTheRest() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    for (int i = 0; i < 5; i++) {
      store.add(WORDS, "x", PublishOptions.none().id("r" + i).key("k").ts(7L));
    }
    OutboxDrainer closing =
        start(
            OutboxDrainer.builder(store)
                .closeGrace(Duration.ofMinutes(1))
                .each(
                    record -> {
                      note(record);
                      busy.countDown();
                      goOn.await();
                    }));
    busy.await();
    Thread closer = new Thread(closing::close);
    closer.start();
    awaitUntil(() -> throwsClosed(closing));
    goOn.countDown();
    closer.join(TimeUnit.SECONDS.toMillis(60));

    assertThat(published).containsExactly("r0");
    assertThat(store.counts()).isEqualTo(new OutboxCounts(4, 0, 1, 0, OptionalLong.of(7)));
    assertThat(store.list(OutboxStatus.PENDING, null, 10)).allMatch(r -> r.attempts() == 0);
    assertThat(threads()).isEmpty();
  }

  @Test
  void aPublishThatDoesNotEndIsInterruptedAfterTheGrace() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    add("one");
    OutboxDrainer closing =
        start(
            OutboxDrainer.builder(store)
                .closeGrace(Duration.ofMillis(50))
                .each(
                    record -> {
                      busy.countDown();
                      never.await();
                    }));
    busy.await();

    closing.close();

    awaitUntil(() -> threads().isEmpty());
    OutboxRecord record = store.list(OutboxStatus.PENDING, null, 10).get(0);
    assertThat(record.attempts()).isZero();
  }

  @Test
  void closingEndsAllThreadsAndMayBeRepeated() {
    OutboxDrainer closing = start(OutboxDrainer.builder(store).each(this::note));
    awaitUntil(() -> threads().containsAll(List.of("prom-outbox-drain", "prom-outbox-lease")));

    closing.close();
    closing.close();

    assertThat(threads()).isEmpty();
  }

  @Test
  void aClosedDrainerDoesNothingMore() {
    OutboxDrainer closed = OutboxDrainer.builder(store).each(this::note).build();
    closed.close();

    assertThatThrownBy(closed::drainOnce)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(closed.owner())
        .hasMessageContaining("closed");
    assertThatThrownBy(closed::cleanOnce).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(closed::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDrainerIsStartedOnce() {
    OutboxDrainer started = start(OutboxDrainer.builder(store).each(this::note));

    assertThatThrownBy(started::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("started before");
  }

  @Test
  void whatTheDrainerCallsMayCloseIt() {
    AtomicReference<OutboxDrainer> self = new AtomicReference<>();
    add("one");
    add("two");
    OutboxDrainer closing =
        OutboxDrainer.builder(store)
            .each(
                record -> {
                  note(record);
                  self.get().close();
                })
            .build();
    self.set(closing);
    drainer = closing.start();

    awaitUntil(() -> !published.isEmpty() && threads().isEmpty());

    assertThat(published).hasSize(1);
    assertThat(store.counts().sent()).isEqualTo(1);
    assertThat(store.counts().pending()).isEqualTo(1);
  }

  @Test
  void whatTheDrainerCallsCannotStepIt() {
    AtomicReference<OutboxDrainer> self = new AtomicReference<>();
    add("one");
    OutboxDrainer stepped =
        OutboxDrainer.builder(store).maxAttempts(1).each(r -> self.get().drainOnce()).build();
    self.set(stepped);

    stepped.drainOnce();

    assertThat(store.list(OutboxStatus.ERROR, null, 1).get(0).lastError())
        .contains("cannot be stepped");
    stepped.close();
  }

  @Test
  void manyDrainersAtOncePublishEachRecordOnceAndEachKeyInOrder() {
    for (int i = 0; i < 2000; i++) {
      store.add(WORDS, "x", PublishOptions.none().id("r" + i).key("k" + i % 10));
    }
    List<OutboxDrainer> many =
        java.util.stream.IntStream.range(0, 4)
            .mapToObj(i -> OutboxDrainer.builder(store).batchSize(7).interval(Duration.ofMillis(5)))
            .map(builder -> builder.to(bench.bus).build().start())
            .toList();

    awaitUntil(() -> store.counts().sent() == 2000);
    many.forEach(OutboxDrainer::close);

    List<String> ids = bench.published("words").stream().map(event -> event.id()).toList();
    assertThat(ids).hasSize(2000).doesNotHaveDuplicates();
    for (int key = 0; key < 10; key++) {
      int one = key;
      assertThat(
              ids.stream().map(id -> Integer.parseInt(id.substring(1))).filter(i -> i % 10 == one))
          .isSorted();
    }
  }

  private OutboxDrainer start(OutboxDrainerBuilder builder) {
    OutboxDrainer started = builder.build().start();
    drainer = started;
    return started;
  }

  private void add(String id) {
    store.add(WORDS, "x", PublishOptions.none().id(id));
  }

  private void note(OutboxRecord record) {
    published.add(record.id());
  }

  private static boolean throwsClosed(OutboxDrainer closing) {
    try {
      closing.cleanOnce();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("prom-outbox"))
        .toList();
  }

  private static void awaitUntil(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().pollInterval(Duration.ofMillis(2)).until(condition);
  }
}
