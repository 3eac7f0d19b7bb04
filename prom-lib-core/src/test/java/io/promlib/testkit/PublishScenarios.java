package io.promlib.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.PublishException;
import io.promlib.bus.Subscription;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What publishing promises. */
public abstract class PublishScenarios extends EngineScenarios {

  @Test
  void aPublishAppendsTheEventAsGiven() {
    PublishOptions options =
        PublishOptions.none()
            .id("order-7")
            .key("customer-1")
            .ts(12L)
            .headers(Map.of("traceparent", "00-ab"))
            .tags(List.of("eu"))
            .causedBy(List.of("cause-1"))
            .sid("s1");
    Published published = publish("a", options);
    EventRecord event = bus().admin().read(ORDERS.name(), 1, 10).events().get(0);
    assertThat(published.duplicate()).isFalse();
    assertThat(published.seq()).isEqualTo(1);
    assertThat(event.id()).isEqualTo("order-7");
    assertThat(event.ts()).isEqualTo(12);
    assertThat(event.at()).isEqualTo(clock.millis());
    assertThat(event.meta()).isEqualTo(options.meta());
    assertThat(new String(event.payload().bytes(), UTF_8)).isEqualTo("\"a\"");
  }

  @Test
  void anIdIsMadeWhereNoneIsGiven() {
    assertThat(publish("a").id()).isNotEmpty().isNotEqualTo(publish("b").id());
  }

  @Test
  void manyAreAppendedInTheirOrder() {
    List<Published> published = publishMany(300);
    assertThat(published).extracting(Published::seq).isSorted().hasSize(300);
    assertThat(payloads()).startsWith("\"event 0\"", "\"event 1\"").hasSize(300);
  }

  @Test
  void noneOfManyIsNothing() {
    assertThat(publishMany(0)).isEmpty();
    assertThat(bus().publishAllAsync(ORDERS, List.of())).isCompletedWithValue(List.of());
    assertThat(bus().admin().topics()).isEmpty();
  }

  @Test
  void oneThreadsAsyncPublishesKeepTheirOrder() {
    List<CompletableFuture<Published>> answers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      answers.add(bus().publishAsync(ORDERS, "n" + i, PublishOptions.none()));
    }
    assertThat(answers.get(0)).isNotDone();
    run();
    for (int i = 0; i < 50; i++) {
      assertThat(answers.get(i).join().seq()).isEqualTo(i + 1);
    }
  }

  @Test
  void aPublishBehindAnAsyncOneOfItsThreadKeepsTheOrder() {
    CompletableFuture<Published> first = bus().publishAsync(ORDERS, "a", PublishOptions.none());
    CompletableFuture<List<Published>> second =
        bus().publishAllAsync(ORDERS, List.of(Message.of("b"), Message.of("c")));
    assertThat(publish("d").seq()).isEqualTo(4);
    assertThat(first.join().seq()).isEqualTo(1);
    assertThat(second.join()).extracting(Published::seq).containsExactly(2L, 3L);
  }

  @Test
  void aTopicIsNotForgottenWhileItsFirstEventIsQueued() {
    bus();
    clock.advance(Duration.ofSeconds(10));
    CompletableFuture<Published> first = bus().publishAsync(ORDERS, "a", PublishOptions.none());
    process().workers().runOne();
    assertThat(first).as("upkeep came first").isNotDone();
    assertThat(publish("b").seq()).isEqualTo(2);
    assertThat(first.join().seq()).isEqualTo(1);
  }

  @Test
  void anIdThatIsThereAppendsNothing() {
    PublishOptions id = PublishOptions.none().id("order-7");
    publish("a", id);
    Published again = publish("changed", id);
    assertThat(again.duplicate()).isTrue();
    assertThat(again.seq()).isEqualTo(1);
    assertThat(payloads()).containsExactly("\"a\"");
  }

  @Test
  void anIdIsOfItsTopicOnly() {
    PublishOptions id = PublishOptions.none().id("order-7");
    publish("a", id);
    Published other = bus().publish(Topic.of("orders.paid", String.class), "a", id);
    assertThat(other.duplicate()).isFalse();
  }

  @Test
  void anIdTwiceInOneListIsAppendedOnce() {
    PublishOptions id = PublishOptions.none().id("order-7");
    List<Published> published =
        bus()
            .publishAll(ORDERS, List.of(Message.of("a", id), Message.of("b"), Message.of("c", id)));
    assertThat(published).extracting(Published::seq).containsExactly(1L, 2L, 1L);
    assertThat(published).extracting(Published::duplicate).containsExactly(false, false, true);
  }

  @Test
  void anIdTwiceAmongQueuedPublishesIsAppendedOnce() {
    PublishOptions id = PublishOptions.none().id("order-7");
    CompletableFuture<Published> a = bus().publishAsync(ORDERS, "a", id);
    CompletableFuture<Published> b = bus().publishAsync(ORDERS, "b", id);
    run();
    assertThat(a.join().duplicate()).isFalse();
    assertThat(b.join().duplicate()).isTrue();
    assertThat(payloads()).containsExactly("\"a\"");
  }

  @Test
  void anIdPublishedByManyThreadsAtOnceIsAppendedOnce() {
    Queue<Published> answers = new ConcurrentLinkedQueue<>();
    bus();
    Threads.together(
        4,
        thread -> {
          for (int i = 0; i < 50; i++) {
            answers.add(publish("x", PublishOptions.none().id("order-" + i)));
          }
        });
    assertThat(answers).hasSize(200);
    assertThat(answers.stream().filter(answer -> !answer.duplicate())).hasSize(50);
    assertThat(payloads()).hasSize(50);
  }

  @Test
  void aDuplicateIsNotDeliveredAgain() {
    Received got = new Received();
    subscribe(options(), got);
    publish("a", PublishOptions.none().id("order-7"));
    run();
    publish("a", PublishOptions.none().id("order-7"));
    run();
    assertThat(got.count()).isEqualTo(1);
  }

  @Test
  void theBussOwnTopicsAreRefused() {
    for (String name : List.of("dlq.orders", "orders.snapshot")) {
      assertThatThrownBy(() -> bus().publish(Topic.of(name, String.class), "a"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name);
    }
    assertThat(bus().admin().topics()).isEmpty();
  }

  @Test
  void theBussOwnTopicsStayRefusedWhenTheyAreInUse() {
    subscribe(options().maxAttempts(1), new Received().fails());
    publish("a");
    run();
    Topic<String> letters = Topic.of("dlq." + ORDERS.name(), String.class);
    bus().subscribe(letters, "reader", options().build(), new Received());
    run();
    assertThat(letters()).hasSize(1);
    assertThatThrownBy(() -> bus().publish(letters, "a"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(bus().admin().topic(letters.name()).extent().tail()).isEqualTo(1);
  }

  @Test
  void aBadTopicGroupKeyOrIdIsRefused() {
    assertThatThrownBy(() -> Topic.of("orders..placed", String.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty segment");
    assertThatThrownBy(() -> bus().subscribe(ORDERS, "a group", new Received()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("group");
    assertThatThrownBy(() -> publish("a", PublishOptions.none().key("")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key");
    assertThatThrownBy(() -> publish("a", PublishOptions.none().id("two words")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("id");
    assertThat(bus().admin().topics()).isEmpty();
  }

  @Test
  void aPayloadThatIsEncodedAndTooLargeIsRefused() {
    TestProcess small = newProcess(builder -> builder.maxEventBytes(10));
    Topic<Payload> raw = new Topic<>("raw", Payload.class);
    small.bus().publish(raw, Payload.json("\"12345678\""));
    assertThatThrownBy(() -> small.bus().publish(raw, Payload.json("\"123456789\"")))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("11")
        .hasMessageContaining("10");
    assertThatThrownBy(
            () ->
                small
                    .bus()
                    .publishAll(
                        raw,
                        List.of(
                            Message.of(Payload.json("1")),
                            Message.of(Payload.json("\"123456789\"")))))
        .isInstanceOf(EventTooLargeException.class);
    assertThat(small.bus().admin().read("raw", 1, 10).events()).hasSize(1);
  }

  @Test
  void aClosedBusRefusesEverything() {
    bus().close();
    assertThatThrownBy(() -> publish("a")).isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> publishMany(2)).isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> bus().publishAsync(ORDERS, "a", PublishOptions.none()))
        .isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> subscribe(options(), new Received()))
        .isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> bus().admin()).isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> bus().leases(ORDERS.name(), GROUP))
        .isInstanceOf(BusClosedException.class);
    assertThatThrownBy(() -> bus().async(bus -> 1)).isInstanceOf(BusClosedException.class);
  }

  @Test
  void aStoreThatFailsLeavesTheOutcomeUnknownAndTheIdIsTold() {
    TestProcess process = newProcess(FailingStores.appending(connection()), builder -> builder);
    assertThatThrownBy(
            () -> process.bus().publish(ORDERS, "a", PublishOptions.none().id("order-7")))
        .isInstanceOfSatisfying(
            PublishException.class, e -> assertThat(e.ids()).containsExactly("order-7"))
        .hasMessageContaining(ORDERS.name());
    Published again = process.bus().publish(ORDERS, "a", PublishOptions.none().id("order-7"));
    assertThat(again.duplicate()).isTrue();
    assertThat(payloads()).containsExactly("\"a\"");
  }

  @Test
  void theAsyncTwinsDoTheSame() {
    Received got = new Received();
    CompletableFuture<Subscription> subscription =
        bus().subscribeAsync(ORDERS, GROUP, options().build(), got);
    CompletableFuture<Integer> topics =
        bus().async(bus -> bus.publishAll(ORDERS, List.of(Message.of("a"))).size());
    run();
    assertThat(subscription).isCompleted();
    assertThat(topics).isCompletedWithValue(1);
    assertThat(got.count()).isEqualTo(1);
  }

  private List<String> payloads() {
    return bus().admin().read(ORDERS.name(), 1, 1000).events().stream()
        .map(event -> new String(event.payload().bytes(), UTF_8))
        .toList();
  }
}
