package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.PublishException;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what the gateway saw is asserted instead
class PublishTest extends ClientTest {

  @Test
  void aPublishResolvesToItsIdAndPosition() {
    EventClient client = connect();

    Confirmed first = client.publish(NUMBERS, 7);
    Confirmed second = client.publish(NUMBERS, 8, PublishOptions.none().id("mine"));

    assertThat(first.seq()).isEqualTo(1);
    assertThat(first.id()).matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+");
    assertThat(second).isEqualTo(new Confirmed("mine", 2, false));
  }

  @Test
  void anIdThatIsThereAlreadyIsADuplicate() {
    EventClient client = connect();
    client.publish(NUMBERS, 7, PublishOptions.none().id("mine"));

    assertThat(client.publish(NUMBERS, 7, PublishOptions.none().id("mine")))
        .isEqualTo(new Confirmed("mine", 1, true));
  }

  @Test
  void everyOptionOfAPublishIsSent() {
    PublishOptions options =
        PublishOptions.none()
            .id("mine")
            .key("k")
            .ts(5L)
            .headers(Map.of("h", "v"))
            .tags(List.of("t"))
            .causedBy(List.of("c"))
            .sid("s");

    connect().publish(NUMBERS, 7, options);

    ClientFrame.Publish sent = gateway.next(ClientFrame.Publish.class);
    assertThat(sent.options()).isEqualTo(options);
    assertThat(new String(sent.payload().bytes(), StandardCharsets.UTF_8)).isEqualTo("7");
  }

  @Test
  void nullIsPublishedAsATombstone() {
    connect().publish(NUMBERS, null, PublishOptions.none().key("k"));

    assertThat(gateway.next(ClientFrame.Publish.class).payload().isNull()).isTrue();
  }

  @Test
  void pipelinedPublishesKeepTheOrderOfTheirCalls() {
    EventClient client = connect();
    List<CompletableFuture<Confirmed>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(client.publishAsync(NUMBERS, i, PublishOptions.none()));
    }

    assertThat(answers.stream().map(a -> get(a).seq()))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 500).mapToObj(i -> (long) i).toList());
  }

  @Test
  void aRefusalCarriesItsCode() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(
                ServerFrame.Err.of(ErrorCode.FORBIDDEN, "no publish on numbers", frame.corr()));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect();

    assertThatThrownBy(() -> client.publish(NUMBERS, 1))
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN);
              assertThat(e.temporary()).isFalse();
              assertThat(e).hasMessageContaining("no publish on numbers");
            });
  }

  @Test
  void anErrorCodeOfALaterVersionCountsAsInternal() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(new ServerFrame.Err("brand_new", "odd", frame.corr(), false, null));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect();

    assertThatThrownBy(() -> client.publish(NUMBERS, 1))
        .isInstanceOf(ClientException.class)
        .hasMessage("brand_new: odd");
  }

  @Test
  void aTemporaryFailureCarriesTheIdToTryAgainWith() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(ServerFrame.Err.of(ErrorCode.PUBLISH_FAILED, "store is away", frame.corr()));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect();

    assertThatThrownBy(() -> client.publish(NUMBERS, 1, PublishOptions.none().id("mine")))
        .isInstanceOfSatisfying(
            PublishException.class,
            e -> {
              assertThat(e.ids()).containsExactly("mine");
              assertThat(e).cause().hasMessageContaining("store is away");
            });
  }

  @Test
  void anAnswerWithoutAPositionLeavesTheOutcomeUnknown() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(ServerFrame.Ok.of(frame.corr()));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect();

    assertThatThrownBy(() -> client.publish(NUMBERS, 1))
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("no seq");
  }

  @Test
  void aRateLimitedPublishIsSentAgainAfterTheTimeGiven() {
    AtomicInteger refused = new AtomicInteger();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish && refused.getAndIncrement() == 0) {
            from.send(ServerFrame.Err.of(ErrorCode.RATE_LIMITED, "slower", frame.corr(), 5000));
            return true;
          }
          return false;
        });
    EventClient client = connect(patient());

    CompletableFuture<Confirmed> answer = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    gateway.next(ClientFrame.Publish.class);
    Duration before = Duration.ofNanos(clock.nanos());
    turnUntil(answer::isDone);

    assertThat(get(answer).seq()).isEqualTo(1);
    assertThat(Duration.ofNanos(clock.nanos()).minus(before))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void whatIsCalledWhileTheRateIsLimitedGoesOutAfterwardsInOrder() {
    AtomicInteger refused = new AtomicInteger();
    CountDownLatch limited = new CountDownLatch(1);
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish && refused.getAndIncrement() == 0) {
            from.send(ServerFrame.Err.of(ErrorCode.RATE_LIMITED, "slower", frame.corr(), 1000));
            // The client has read the refusal when it answers this ping.
            from.send(event("elsewhere", "g", 1));
            limited.countDown();
            return true;
          }
          return false;
        });
    EventClient client = connect(patient());
    client.subscribe(Topic.of("elsewhere", Integer.class), "g", d -> {});

    CompletableFuture<Confirmed> first = client.publishAsync(NUMBERS, 1, PublishOptions.none());
    reached(limited);
    gateway.next(ClientFrame.Ack.class);
    CompletableFuture<Confirmed> second = client.publishAsync(NUMBERS, 2, PublishOptions.none());
    turnUntil(() -> first.isDone() && second.isDone());

    assertThat(List.of(get(first).seq(), get(second).seq())).containsExactly(1L, 2L);
  }

  private static ServerFrame.Event event(String topic, String group, int number) {
    return ScriptedGateway.event(topic, group, number);
  }

  @Test
  void aPublishWithoutAnAnswerFailsAfterFifteenSecondsWithItsId() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connectByHand();

    CompletableFuture<Confirmed> answer =
        client.publishAsync(NUMBERS, 1, PublishOptions.none().id("mine"));
    clock.advance(Duration.ofMillis(14_999));
    boolean early = answer.isDone();
    clock.advance(Duration.ofMillis(1));

    assertThat(early).isFalse();
    assertThat(failure(answer))
        .isInstanceOfSatisfying(
            PublishException.class, e -> assertThat(e.ids()).containsExactly("mine"));
  }

  @Test
  void aBlockingPublishIsReleasedByTheRequestTimeout() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connectByHand();
    CompletableFuture<Confirmed> blocked =
        CompletableFuture.supplyAsync(() -> client.publish(NUMBERS, 1), anyThread());
    gateway.next(ClientFrame.Publish.class);

    clock.advance(Duration.ofSeconds(15));

    assertThat(failure(blocked))
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("publish again with id");
  }

  @Test
  void anInterruptedPublishCarriesItsId() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connect(builder().gracePeriod(Duration.ZERO));
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread publishing =
        new Thread(
            () -> {
              try {
                client.publish(NUMBERS, 1, PublishOptions.none().id("mine"));
              } catch (RuntimeException e) {
                thrown.complete(e);
              }
            });
    publishing.start();
    gateway.next(ClientFrame.Publish.class);

    publishing.interrupt();

    assertThat(get(thrown))
        .isInstanceOfSatisfying(
            PublishException.class, e -> assertThat(e.ids()).containsExactly("mine"));
  }

  @Test
  void aPayloadThatIsTooLargeIsRefusedBeforeItIsSent() {
    EventClient client = connect(builder().maxEventBytes(10));

    assertThatThrownBy(() -> client.publish(Topic.of("words", String.class), "123456789"))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("maxEventBytes");
    assertThat(client.publish(Topic.of("words", String.class), "12345678").seq()).isEqualTo(1);
  }

  @Test
  void noMorePublishesThanAllowedAreInFlight() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connect(builder().maxPublishesInFlight(2));
    client.publishAsync(NUMBERS, 1, PublishOptions.none());
    client.publishAsync(NUMBERS, 2, PublishOptions.none());

    assertThat(failure(client.publishAsync(NUMBERS, 3, PublishOptions.none())))
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY);
              assertThat(e.temporary()).isTrue();
            });
  }

  @Test
  void aBlockingPublishWaitsForRoom() {
    List<Runnable> answers = new java.util.concurrent.CopyOnWriteArrayList<>();
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish publish) {
            answers.add(() -> gateway.append(from, publish));
          }
          return frame instanceof ClientFrame.Publish;
        });
    EventClient client = connect(builder().maxPublishesInFlight(1));
    client.publishAsync(NUMBERS, 1, PublishOptions.none());
    CompletableFuture<Confirmed> waiting =
        CompletableFuture.supplyAsync(() -> client.publish(NUMBERS, 2), anyThread());

    until(() -> answers.size() == 1);
    answers.get(0).run();
    until(() -> answers.size() == 2);
    answers.get(1).run();

    assertThat(get(waiting).seq()).isEqualTo(2);
  }

  @Test
  void aBlockingPublishGivesUpWaitingForRoomAfterTheRequestTimeout() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connect(byHand().maxPublishesInFlight(1));
    client.publishAsync(NUMBERS, 1, PublishOptions.none());
    clock.advance(Duration.ofSeconds(1));
    int alarms = clock.pending();
    // When the first one's time is up, one of these two takes its place, and the other waits on.
    List<CompletableFuture<Confirmed>> waiting =
        List.of(
            CompletableFuture.supplyAsync(() -> client.publish(NUMBERS, 2), anyThread()),
            CompletableFuture.supplyAsync(() -> client.publish(NUMBERS, 3), anyThread()));
    until(() -> clock.pending() == alarms + 2);
    clock.advance(Duration.ofSeconds(14));
    until(() -> gateway.received(ClientFrame.Publish.class) == 2);
    boolean early = waiting.stream().anyMatch(CompletableFuture::isDone);
    clock.advance(Duration.ofSeconds(1));

    until(() -> waiting.stream().anyMatch(CompletableFuture::isDone));
    assertThat(early).isFalse();
    assertThat(waiting.stream().filter(CompletableFuture::isDone).map(ClientTest::failure))
        .singleElement()
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY));
  }

  @Test
  void aPublishFromAHandlerIsAnsweredWhileTheHandlerRuns() {
    EventClient client = connect();
    CompletableFuture<Confirmed> inside = new CompletableFuture<>();
    client.subscribe(NUMBERS, "g", d -> inside.complete(client.publish(NUMBERS, 5)));

    gateway.current().send(event("numbers", "g", 1));

    assertThat(get(inside).seq()).isEqualTo(1);
  }

  @Test
  void whatHangsOnAnAnswerDoesNotRunOnTheSocketsThread() {
    CompletableFuture<String> thread =
        connect()
            .publishAsync(NUMBERS, 1, PublishOptions.none())
            .thenApply(c -> Thread.currentThread().getName());

    assertThat(get(thread)).isNotEqualTo("prom-client-read");
  }

  @Test
  void theTokenIsAskedForByName() {
    assertThatThrownBy(() -> EventClient.builder(gateway.uri()).connect())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token");
  }

  @Test
  void whatWasSentOverALostConnectionAndIsRefusedNowKeepsItsId() {
    gateway.script((from, frame) -> frame instanceof ClientFrame.Publish);
    EventClient client = connect(builder().reconnect(Backoff.fixed(Duration.ofMillis(10))));
    CompletableFuture<Confirmed> answer =
        client.publishAsync(NUMBERS, 1, PublishOptions.none().id("mine"));
    gateway.next(ClientFrame.Publish.class);
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Publish) {
            from.send(ServerFrame.Err.of(ErrorCode.FORBIDDEN, "no more", frame.corr()));
          }
          return frame instanceof ClientFrame.Publish;
        });

    gateway.current().drop();

    assertThat(failure(answer))
        .isInstanceOfSatisfying(
            PublishException.class,
            e -> {
              assertThat(e.ids()).containsExactly("mine");
              assertThat(e).cause().hasMessageContaining("no more");
            });
  }
}
