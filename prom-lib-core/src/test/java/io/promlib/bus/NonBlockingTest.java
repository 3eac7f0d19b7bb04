package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.Topic;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.HandTurnedWorkers;
import io.promlib.testkit.ManualClock;
import io.promlib.testkit.Stores;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NonBlockingTest {
  private static final Topic<Integer> NUMBERS = new Topic<>("numbers", Integer.class);

  private final ManualClock clock = new ManualClock();
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private boolean refusing;
  private EventBus bus = bus(new Stores(new InMemoryEventStore(), new InMemoryGroupStore()));

  private EventBus bus(Stores stores) {
    return EventBus.builder()
        .stores(stores.events(), stores.groups())
        .timing(clock)
        .workers(this::execute)
        .build();
  }

  private void execute(Runnable task) {
    if (refusing) {
      throw new RejectedExecutionException("full");
    }
    workers.execute(task);
  }

  @AfterEach
  void close() {
    refusing = false;
    workers.runAll();
    bus.close();
  }

  /** Keeps what it is given. */
  private static class Keeping implements Handler<Integer>, TailHandler<Integer> {
    final List<Integer> given = new ArrayList<>();
    final List<Delivery<Integer>> unacked = new ArrayList<>();

    @Override
    public void handle(Delivery<Integer> delivery) {
      given.add(delivery.payload());
      unacked.add(delivery);
    }

    @Override
    public void handle(TailEvent<Integer> event) {
      given.add(event.payload());
    }

    void ackOldest() {
      assertThat(unacked.remove(0).ack()).isEqualTo(AckResult.OK);
    }
  }

  private static final class Prompt extends Keeping implements NonBlocking {}

  private static final class Gatherer extends Keeping implements NonBlocking, Gathering {
    private final List<Integer> sizes = new ArrayList<>();
    private int gathered;

    @Override
    public void handle(Delivery<Integer> delivery) {
      super.handle(delivery);
      gathered++;
    }

    @Override
    public void onPause() {
      if (gathered > 0) {
        sizes.add(gathered);
        gathered = 0;
      }
    }
  }

  private void publish(int count) {
    for (int i = 1; i <= count; i++) {
      bus.publish(NUMBERS, i);
    }
  }

  private <H extends Keeping> H subscribe(int maxInFlight, H handler) {
    bus.subscribe(
        NUMBERS,
        "g",
        SubscribeOptions.builder()
            .manualAck()
            .maxInFlight(maxInFlight)
            .startAt(StartAt.EARLIEST)
            .build(),
        handler);
    return handler;
  }

  @Test
  void whoAcksIsGivenTheNextEventsAtOnce() {
    publish(3);
    Prompt handler = subscribe(1, new Prompt());
    workers.runAll();
    assertThat(handler.given).containsExactly(1);

    handler.ackOldest();
    handler.ackOldest();
    assertThat(handler.given).containsExactly(1, 2, 3);
    assertThat(workers.waiting()).isZero();
  }

  @Test
  void ofAHandlerThatMayBlockItIsNot() {
    publish(2);
    Keeping handler = subscribe(1, new Keeping());
    workers.runAll();

    handler.ackOldest();
    assertThat(handler.given).containsExactly(1);
    workers.runAll();
    assertThat(handler.given).containsExactly(1, 2);
  }

  @Test
  void norWhereAnotherOfTheGroupMayBlock() {
    publish(3);
    Prompt handler = subscribe(1, new Prompt());
    workers.runAll();
    Keeping other = subscribe(1, new Keeping());
    workers.runAll();
    assertThat(other.given).containsExactly(2);

    handler.ackOldest();
    assertThat(handler.given).containsExactly(1);
    workers.runAll();
    assertThat(handler.given).containsExactly(1, 3);
  }

  @Test
  void norAreEventsOfAnotherSubscriber() {
    publish(2);
    Prompt handler = subscribe(1, new Prompt());
    workers.runAll();
    Prompt other = subscribe(1, new Prompt());
    workers.runAll();
    other.ackOldest();
    publish(2);

    handler.ackOldest();
    assertThat(other.given).containsExactly(2);
    workers.runAll();
    assertThat(other.given).hasSize(2);
    assertThat(handler.given).hasSize(2);
  }

  @Test
  void aSubscriberThatLeftBlocksNoMore() {
    publish(4);
    Prompt handler = subscribe(1, new Prompt());
    workers.runAll();
    Subscription blocking =
        bus.subscribe(
            NUMBERS, "g", SubscribeOptions.builder().manualAck().maxInFlight(1).build(), d -> {});
    workers.runAll();
    blocking.close();
    workers.runAll();

    handler.ackOldest();
    assertThat(handler.given).hasSize(2);
  }

  /* Else whoever acks would work for the subscriber as long as others ack. */
  @Test
  void whoAcksIsGivenAThousandEventsAtMost() {
    publish(3000);
    class Endless extends Keeping implements NonBlocking {
      private boolean othersAck;

      @Override
      public void handle(Delivery<Integer> delivery) {
        super.handle(delivery);
        if (othersAck) {
          CompletableFuture.runAsync(this::ackOldest).join();
        }
      }
    }

    Endless handler = subscribe(2, new Endless());
    workers.runAll();
    handler.othersAck = true;
    handler.ackOldest();
    assertThat(handler.given).hasSizeBetween(100, 2 + 1000);
    workers.runAll();
    assertThat(handler.given).hasSize(3000);
  }

  @Test
  void norOverStoresThatMayBlock() {
    bus.close();
    bus = bus(new Stores(new InMemoryEventStore(), blocking(new InMemoryGroupStore())));
    publish(2);
    Prompt handler = subscribe(1, new Prompt());
    workers.runAll();

    handler.ackOldest();
    assertThat(handler.given).containsExactly(1);
    workers.runAll();
    assertThat(handler.given).containsExactly(1, 2);
  }

  /** Forwards all calls, and says that they may block. */
  private static GroupStore blocking(GroupStore store) {
    return (GroupStore)
        Proxy.newProxyInstance(
            GroupStore.class.getClassLoader(),
            new Class<?>[] {GroupStore.class},
            (proxy, method, arguments) ->
                method.getName().equals("blocks") ? true : method.invoke(store, arguments));
  }

  /* Each event is there only when the one before is handled; else each call would be made within that. */
  @Test
  void aHandlerThatAcksAnotherEventIsCalledWithinItselfOnceAtMost() {
    class Acking extends Keeping implements NonBlocking {
      private int deepest;
      private int depth;

      @Override
      public void handle(Delivery<Integer> delivery) {
        deepest = Math.max(deepest, ++depth);
        super.handle(delivery);
        if (given.size() > 20 && given.size() < 40) {
          bus.publish(NUMBERS, given.size() + 1);
          ackOldest();
        }
        depth--;
      }
    }

    Acking handler = new Acking();
    bus.subscribe(
        NUMBERS,
        "g",
        SubscribeOptions.builder().manualAck().concurrency(50).startAt(StartAt.EARLIEST).build(),
        handler);
    publish(20);
    workers.runAll();
    bus.publish(NUMBERS, 21);
    workers.runAll();
    assertThat(handler.given).hasSize(40);
    assertThat(handler.deepest).isBetween(1, 2);
  }

  @Test
  void whatIsAckedTogetherIsFollowedByAsMany() {
    publish(30);
    List<Subscription> made = new ArrayList<>();
    Gatherer handler = new Gatherer();
    made.add(
        bus.subscribe(
            NUMBERS,
            "g",
            SubscribeOptions.builder()
                .manualAck()
                .maxInFlight(10)
                .startAt(StartAt.EARLIEST)
                .build(),
            handler));
    workers.runAll();
    for (int round = 0; round < 2; round++) {
      List<Delivery<Integer>> all = List.copyOf(handler.unacked);
      handler.unacked.clear();
      assertThat(made.get(0).ack(all)).hasSize(10).containsOnly(AckResult.OK);
    }
    assertThat(handler.sizes).containsExactly(10, 10, 10);
  }

  @Test
  void whatIsAckedTogetherIsToldInItsOrder() {
    publish(3);
    Keeping handler = new Keeping();
    Subscription subscription =
        bus.subscribe(
            NUMBERS,
            "g",
            SubscribeOptions.builder().manualAck().startAt(StartAt.EARLIEST).build(),
            handler);
    workers.runAll();
    Delivery<Integer> first = handler.unacked.get(0);
    Delivery<Integer> second = handler.unacked.get(1);
    Delivery<Integer> third = handler.unacked.get(2);
    third.terminate("not wanted");

    assertThat(subscription.ack(List.of(third, first, second, first)))
        .containsExactly(
            AckResult.DEAD_LETTERED, AckResult.OK, AckResult.OK, AckResult.ALREADY_ACKED);
    assertThat(subscription.ack(List.of())).isEmpty();
  }

  @Test
  void whatIsOfAnotherGroupOrWrappedIsAckedByItself() {
    publish(2);
    Keeping handler = subscribe(2, new Keeping());
    Keeping others = new Keeping();
    Subscription other =
        bus.subscribe(
            NUMBERS,
            "other",
            SubscribeOptions.builder().manualAck().startAt(StartAt.EARLIEST).build(),
            others);
    workers.runAll();
    Delivery<Integer> wrapped = new ForwardingDelivery<>(others.unacked.get(1)) {};

    assertThat(other.ack(List.of(handler.unacked.get(0), others.unacked.get(0), wrapped)))
        .containsOnly(AckResult.OK)
        .hasSize(3);
    assertThat(handler.unacked.get(0).ack()).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(others.unacked.get(1).ack()).isEqualTo(AckResult.ALREADY_ACKED);
  }

  /* Tails. */

  private List<Prompt> tails(int count, TailOptions options) {
    List<Prompt> tails = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Prompt tail = new Prompt();
      tails.add(tail);
      bus.tail(NUMBERS, options, tail);
    }
    return tails;
  }

  private static void each(List<Prompt> tails, Consumer<Prompt> check) {
    assertThat(tails).allSatisfy(check);
  }

  @Test
  void tailsAreServedByOneWorker() {
    List<Prompt> tails = tails(50, TailOptions.builder().build());
    assertThat(workers.runAll()).isEqualTo(1);
    publish(1);
    assertThat(workers.waiting()).isEqualTo(1);
    assertThat(workers.runAll()).isEqualTo(1);
    each(tails, tail -> assertThat(tail.given).containsExactly(1));
  }

  @Test
  void aTailThatHasMuchToReadHoldsUpNoOther() {
    publish(1000);
    List<Integer> readMeanwhile = new ArrayList<>();
    Prompt long1 = new Prompt();
    class Watching extends Keeping implements NonBlocking {
      @Override
      public void handle(TailEvent<Integer> event) {
        readMeanwhile.add(long1.given.size());
      }
    }

    TailOptions options = TailOptions.builder().startAt(StartAt.EARLIEST).batchSize(10).build();
    bus.tail(NUMBERS, options, long1);
    bus.tail(NUMBERS, options, new Watching());
    workers.runAll();
    assertThat(long1.given).hasSize(1000);
    assertThat(Objects.requireNonNull(readMeanwhile.get(0))).isLessThan(100);
    assertThat(readMeanwhile).hasSize(1000);
  }

  @Test
  void tailsWhoseWorkerWasRefusedComeBackForIt() {
    List<Prompt> tails = tails(3, TailOptions.builder().build());
    workers.runAll();
    refusing = true;
    publish(1);
    refusing = false;
    assertThat(workers.runAll()).isZero();

    clock.advance(Duration.ofSeconds(1));
    workers.runAll();
    each(tails, tail -> assertThat(tail.given).containsExactly(1));
    publish(1);
    workers.runAll();
    each(tails, tail -> assertThat(tail.given).containsExactly(1, 1));
  }

  @Test
  void aTailWhoseHandlerFailsHoldsUpNoOther() {
    class Failing extends Keeping implements NonBlocking {
      @Override
      public void handle(TailEvent<Integer> event) {
        throw new AssertionError("of the handler");
      }
    }

    bus.tail(NUMBERS, TailOptions.builder().build(), new Failing());
    List<Prompt> tails = tails(2, TailOptions.builder().build());
    publish(2);
    workers.runAll();
    each(tails, tail -> assertThat(tail.given).containsExactly(1, 2));
  }
}
