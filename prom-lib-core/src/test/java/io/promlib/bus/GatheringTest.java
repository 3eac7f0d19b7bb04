package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.event.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatheringTest {
  private static final Topic<Integer> NUMBERS = new Topic<>("numbers", Integer.class);

  /** With it, all that is there and may be in flight is claimed at once. */
  private static final SubscribeOptions MANUAL =
      SubscribeOptions.builder().manualAck().startAt(StartAt.EARLIEST).build();

  private final EventBus bus = EventBus.inMemory();

  @AfterEach
  void close() {
    bus.close();
  }

  /** Passes on what it gathered when there is no more. */
  private static final class Batches implements Handler<Integer>, TailHandler<Integer>, Gathering {
    private final List<Integer> gathered = new ArrayList<>();
    private final List<List<Integer>> passedOn = new CopyOnWriteArrayList<>();

    @Override
    public void handle(Delivery<Integer> delivery) {
      gathered.add(delivery.payload());
    }

    @Override
    public void handle(TailEvent<Integer> event) {
      gathered.add(event.payload());
    }

    @Override
    public void onPause() {
      if (!gathered.isEmpty()) {
        passedOn.add(List.copyOf(gathered));
        gathered.clear();
      }
    }
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      bus.publish(NUMBERS, i);
    }
  }

  @Test
  void aHandlerIsToldWhenNoMoreIsReady() {
    Batches batches = new Batches();
    publish(20);
    bus.subscribe(NUMBERS, "g", MANUAL, batches);

    await().untilAsserted(() -> assertThat(batches.passedOn).hasSize(1));
    assertThat(batches.passedOn.get(0)).hasSize(20);
  }

  @Test
  void anEventThatIsAloneIsPassedOnAtOnce() {
    Batches batches = new Batches();
    Subscription subscription = bus.subscribe(NUMBERS, "g", MANUAL, batches);
    assertThat(subscription.inFlight()).isZero();
    for (int i = 0; i < 20; i++) {
      int count = i + 1;
      bus.publish(NUMBERS, i);
      await().untilAsserted(() -> assertThat(batches.passedOn).hasSize(count));
    }
  }

  @Test
  void onePausedInItsMidstIsToldToo() {
    List<Integer> passedOn = new CopyOnWriteArrayList<>();
    CompletableFuture<Subscription> made = new CompletableFuture<>();
    class Pausing implements Handler<Integer>, Gathering {
      private final List<Integer> gathered = new ArrayList<>();

      @Override
      public void handle(Delivery<Integer> delivery) {
        gathered.add(delivery.payload());
        if (gathered.size() == 3) {
          made.join().pause();
        }
      }

      @Override
      public void onPause() {
        passedOn.addAll(gathered);
        gathered.clear();
      }
    }

    publish(10);
    made.complete(bus.subscribe(NUMBERS, "g", MANUAL, new Pausing()));

    await().untilAsserted(() -> assertThat(passedOn).hasSize(3));
  }

  @Test
  void whatItThrowsEndsNothing() {
    List<Integer> handled = new CopyOnWriteArrayList<>();
    class Throwing implements Handler<Integer>, Gathering {
      @Override
      public void handle(Delivery<Integer> delivery) {
        handled.add(delivery.payload());
      }

      @Override
      public void onPause() {
        throw new IllegalStateException("at what was gathered");
      }
    }

    Subscription subscription = bus.subscribe(NUMBERS, "g", new Throwing());
    publish(5);

    await().untilAsserted(() -> assertThat(handled).hasSize(5));
    await().untilAsserted(() -> assertThat(subscription.inFlight()).isZero());
  }

  @Test
  void aTailIsToldAfterEachStretch() {
    publish(25);
    Batches batches = new Batches();
    bus.tail(
        NUMBERS, TailOptions.builder().startAt(StartAt.EARLIEST).batchSize(10).build(), batches);

    await()
        .untilAsserted(
            () -> assertThat(batches.passedOn.stream().map(List::size)).containsExactly(10, 10, 5));
  }
}
