package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TestProcess;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Acks that wait to be written together, and what does not let them wait. */
class AckDelayTest extends EngineScenarios {
  private static final Duration DELAY = Duration.ofMillis(100);

  private final InMemoryGroupStore real = new InMemoryGroupStore();
  private final Received got = new Received();
  private int writes;

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), counting());
    return () -> stores;
  }

  @Test
  void manyAcksOneAfterAnotherCostFewWrites() {
    TestProcess process = holding(1000);
    writes = 0;
    for (int i = 0; i < 1000; i++) {
      got.get(i).ack();
      process.workers().runAll();
    }
    assertThat(writes).isZero();
    pass(DELAY);
    assertThat(writes).isEqualTo(1);
    assertThat(stored().floor()).isEqualTo(1000);
  }

  @Test
  void anAckIsWrittenWhenItIsAsOldAsTheDelay() {
    holding(3);
    got.get(0).ack();
    clock.advance(Duration.ofMillis(60));
    run();
    got.get(1).ack();
    clock.advance(Duration.ofMillis(39));
    run();
    assertThat(stored().floor()).isZero();
    clock.advance(Duration.ofMillis(1));
    run();
    assertThat(stored().floor()).isEqualTo(2);
  }

  @Test
  void theNextAckHasAWholeDelayOfItsOwn() {
    holding(3);
    got.get(0).ack();
    pass(DELAY);
    clock.advance(Duration.ofMillis(70));
    run();
    got.get(1).ack();
    clock.advance(Duration.ofMillis(60));
    run();
    assertThat(stored().floor()).isEqualTo(1);
    clock.advance(Duration.ofMillis(40));
    run();
    assertThat(stored().floor()).isEqualTo(2);
  }

  @Test
  void anAckOfAHandlerThatReturnsIsWrittenInTimeWhileOthersGoOn() {
    got.then(
        delivery -> {
          clock.advance(Duration.ofMillis(60));
          if (delivery.record().seq() == 3) {
            process().workers().runAll();
            assertThat(stored().floor()).isEqualTo(2);
          }
        });
    TestProcess process = newProcess(builder -> builder.ackDelay(DELAY));
    publishMany(4);
    process.bus().subscribe(ORDERS, GROUP, options().batchSize(4).build(), got);
    run();
    assertThat(got.count()).isEqualTo(4);
  }

  @Test
  void aHungryGroupClaimsAtOnceAndTakesTheAcksAlong() {
    TestProcess process = newProcess(builder -> builder.ackDelay(DELAY));
    process.bus().subscribe(ORDERS, GROUP, options().build(), got);
    run();
    writes = 0;
    for (int i = 0; i < 20; i++) {
      publish("a");
      run();
    }
    assertThat(got.count()).isEqualTo(20);
    assertThat(writes).isEqualTo(20);
    assertThat(stored().floor()).isEqualTo(19);
  }

  @Test
  void anAckThatSomebodyWaitsForIsWrittenAtOnce() {
    holding(2);
    got.get(0).ack();
    CompletableFuture<AckResult> answer = got.get(1).ackDurably().toCompletableFuture();
    run();
    assertThat(answer).isCompletedWithValue(AckResult.OK);
    assertThat(stored().floor()).isEqualTo(2);
  }

  @Test
  void aViewShowsAcksThatWereNotWritten() {
    holding(2);
    got.get(0).ack();
    assertThat(bus().admin().group(ORDERS.name(), GROUP))
        .hasValueSatisfying(view -> assertThat(view.floor()).isEqualTo(1));
  }

  @Test
  void aViewOfWhatIsStoredWritesNothingAndDoesNoWork() {
    TestProcess process = holding(2);
    got.get(0).ack();
    publish("more");
    writes = 0;
    assertThat(bus().admin().storedGroup(ORDERS.name(), GROUP))
        .hasValueSatisfying(
            view -> {
              assertThat(view.floor()).isZero();
              assertThat(view.lag()).isEqualTo(3);
              assertThat(view.subscribers()).isEqualTo(1);
            });
    assertThat(writes).isZero();
    assertThat(bus().admin().storedGroup(ORDERS.name(), "nobody")).isEmpty();
    process.workers().runAll();
  }

  @Test
  void aSubscriberThatLeavesLeavesNoAckUnwritten() {
    TestProcess process = newProcess(builder -> builder.ackDelay(DELAY));
    Subscription leaving = process.bus().subscribe(ORDERS, GROUP, manual().build(), got);
    process.bus().subscribe(ORDERS, GROUP, manual().build(), new Received());
    publish("a");
    run();
    if (got.count() == 1) {
      got.get(0).ack();
    }
    leaving.close();
    run();
    assertThat(stored().floor()).isEqualTo(got.count());
  }

  @Test
  void aBusThatClosesLeavesNoAckUnwritten() {
    TestProcess process = holding(3);
    got.get(0).ack();
    got.get(1).ack();
    process.bus().close();
    assertThat(stored().floor()).isEqualTo(2);
    assertThat(stored().claims()).isEmpty();
  }

  @Test
  void moreThanAThousandAcksDoNotWait() {
    TestProcess process = holding(1500);
    for (int i = 0; i < 1001; i++) {
      got.get(i).ack();
    }
    process.workers().runAll();
    assertThat(stored().floor()).isEqualTo(1001);
  }

  @Test
  void aGroupAtItsBoundOfUnfinishedEventsWritesAtOnce() {
    TestProcess process = holding(4000);
    publish("beyond");
    run();
    assertThat(got.count()).isEqualTo(4000);
    got.get(0).ack();
    process.workers().runAll();
    run();
    assertThat(stored().floor()).isEqualTo(1);
    assertThat(got.count()).isEqualTo(4001);
  }

  @Test
  void aNackThatOthersMayTakeUpIsWrittenAtOnce() {
    holding(1);
    got.get(0).nack("later");
    run();
    assertThat(stored().waiting()).hasSize(1);
  }

  @Test
  void withoutADelayEachAckIsWrittenAtOnce() {
    newProcess().bus().subscribe(ORDERS, GROUP, manual().build(), got);
    publishMany(2);
    run();
    got.get(0).ack();
    run();
    assertThat(stored().floor()).isEqualTo(1);
  }

  @Test
  void aNegativeDelayIsRefused() {
    assertThatThrownBy(() -> EventBus.builder().ackDelay(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ackDelay must not be negative");
  }

  /** A process whose subscriber holds so many events, none of them acked. */
  private TestProcess holding(int count) {
    TestProcess process = newProcess(builder -> builder.ackDelay(DELAY));
    publishMany(count);
    process
        .bus()
        .subscribe(
            ORDERS,
            GROUP,
            manual()
                .ackDeadline(Duration.ofHours(1))
                .maxInFlight(4000)
                .concurrency(1)
                .batchSize(4000)
                .build(),
            got);
    run();
    assertThat(got.count()).isEqualTo(count);
    return process;
  }

  private GroupState stored() {
    return real.load(new GroupKey(ORDERS.name(), GROUP)).orElseThrow().state();
  }

  private GroupStore counting() {
    return (GroupStore)
        Proxy.newProxyInstance(
            GroupStore.class.getClassLoader(),
            new Class<?>[] {GroupStore.class},
            (proxy, method, arguments) -> {
              writes += method.getName().equals("compareAndSet") ? 1 : 0;
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
