package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.acl.Scopes;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.DeadLetter;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.testkit.ManualClock;
import io.promlib.time.Timing;
import io.promlib.wire.ErrorCode;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The client against the real gateway. */
class GatewayScenarioTest {
  private static final Topic<Integer> NUMBERS = ClientTest.NUMBERS;
  private static final ClientSubscribeOptions FROM_START =
      ClientSubscribeOptions.builder().startAt(StartAt.EARLIEST).build();
  private static final GatewayLimits FAST =
      GatewayLimits.builder().publishRate(1_000_000).topicRate(1_000_000).build();

  private final Timing timing = Timing.system();
  private final EventBus bus = EventBus.inMemory();
  private final List<EventClient> clients = new ArrayList<>();
  private WsGateway gateway = start(0);

  private WsGateway.Builder gatewayOf(int port) {
    return WsGateway.of(bus).port(port).limits(FAST).auth(StaticTokenAuthenticator.of("secret"));
  }

  private WsGateway start(int port) {
    return gatewayOf(port).start();
  }

  private void replace(WsGateway.Builder by) {
    gateway.close();
    gateway = by.start();
  }

  private EventClientBuilder builder() {
    return EventClient.builder(URI.create("ws://127.0.0.1:" + gateway.address().getPort()))
        .token("secret")
        .requestTimeout(ClientTest.LIMIT)
        .reconnect(Backoff.fixed(Duration.ofMillis(20)))
        .gracePeriod(Duration.ofSeconds(2));
  }

  private EventClient connect() {
    return connect(builder());
  }

  private EventClient connect(EventClientBuilder by) {
    EventClient client = by.connect();
    clients.add(client);
    return client;
  }

  private GroupView group(String name) {
    return bus.admin().group("numbers", name).orElseThrow();
  }

  @AfterEach
  void closeAll() {
    clients.forEach(EventClient::close);
    gateway.close();
    bus.close();
    timing.close();
  }

  @Test
  void tenMessagesPublishedAreHandledAndAckedAndNoneComesAgain() {
    EventClient client = connect();
    List<Integer> handled = new CopyOnWriteArrayList<>();
    client.subscribe(NUMBERS, "g", d -> handled.add(d.payload()));

    for (int i = 1; i <= 10; i++) {
      assertThat(client.publish(NUMBERS, i).seq()).isEqualTo(i);
    }

    ClientTest.until(() -> group("g").floor() == 10);
    client.close();
    List<Integer> again = new CopyOnWriteArrayList<>();
    EventClient second = connect();
    second.subscribe(NUMBERS, "g", d -> again.add(d.payload()));
    second.publish(NUMBERS, 11);
    ClientTest.until(() -> group("g").floor() == 11);
    assertThat(handled).containsExactlyElementsOf(IntStream.rangeClosed(1, 10).boxed().toList());
    assertThat(again).containsExactly(11);
  }

  @Test
  void anEventWhoseHandlerThrowsComesAgainAsItsSecondAttempt() {
    EventClient client = connect();
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          attempts.add(d.attempt());
          if (d.attempt() == 1) {
            throw new IllegalStateException("once");
          }
        });

    client.publish(NUMBERS, 1);

    ClientTest.until(() -> group("g").floor() == 1);
    assertThat(attempts).containsExactly(1, 2);
  }

  @Test
  void aTerminatedEventIsADeadLetterWithItsReason() {
    EventClient client = connect();
    client.subscribe(NUMBERS, "g", d -> ClientTest.get(d.term("poison")));

    client.publish(NUMBERS, 1);

    ClientTest.until(() -> group("g").floor() == 1);
    assertThat(bus.admin().deadLetters("numbers").list(1, 10))
        .extracting(DeadLetter::error)
        .singleElement()
        .asString()
        .contains("poison");
  }

  @Test
  void whatAClosedClientHeldGoesToAnotherUncounted() {
    EventClient first = connect();
    CompletableFuture<Integer> held = new CompletableFuture<>();
    first.subscribe(
        NUMBERS,
        "g",
        ClientSubscribeOptions.builder().manualAck().build(),
        d -> held.complete(d.attempt()));
    first.publish(NUMBERS, 1);
    ClientTest.get(held);

    first.close();
    CompletableFuture<Integer> attempt = new CompletableFuture<>();
    connect().subscribe(NUMBERS, "g", d -> attempt.complete(d.attempt()));

    assertThat(ClientTest.get(attempt)).isEqualTo(1);
  }

  @Test
  void extendingAndAckingByHandHaveTheirResults() {
    EventClient client = connect();
    CompletableFuture<ClientDelivery<Integer>> delivered = new CompletableFuture<>();
    client.subscribe(
        NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), delivered::complete);
    client.publish(NUMBERS, 1);
    ClientDelivery<Integer> delivery = ClientTest.get(delivered);

    assertThat(
            List.of(
                ClientTest.get(delivery.extend(Duration.ofMinutes(2))),
                ClientTest.get(delivery.ack()),
                ClientTest.get(delivery.ack())))
        .extracting(Enum::name)
        .containsExactly("OK", "OK", "ALREADY_ACKED");
  }

  @Test
  void aPausedSubscriptionGetsNothingUntilItIsResumed() {
    EventClient client = connect();
    List<Integer> handled = new CopyOnWriteArrayList<>();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> handled.add(d.payload()));
    subscription.pause();
    client.publish(NUMBERS, 1);
    List<Integer> whilePaused = List.copyOf(handled);

    subscription.resume();

    ClientTest.until(() -> handled.equals(List.of(1)));
    assertThat(whilePaused).isEmpty();
  }

  @Test
  void aRestartOfTheGatewayLosesAndRepeatsNoPublish() {
    EventClient client = connect();
    List<Integer> handled = new CopyOnWriteArrayList<>();
    client.subscribe(NUMBERS, "g", FROM_START, d -> handled.add(d.payload()));
    List<CompletableFuture<Confirmed>> answers = new ArrayList<>();
    int port = gateway.address().getPort();
    Thread publisher =
        new Thread(
            () -> {
              for (int i = 0; i < 3000; i++) {
                CompletableFuture<Confirmed> answer =
                    client.publishAsync(NUMBERS, i, PublishOptions.none());
                synchronized (answers) {
                  answers.add(answer);
                }
                if (i % 500 == 0) {
                  ClientTest.get(answer);
                }
              }
            });
    publisher.start();
    ClientTest.until(() -> bus.admin().topic("numbers").extent().tail() > 600);

    replace(gatewayOf(port));
    join(publisher);

    answers.forEach(ClientTest::get);
    assertThat(bus.admin().read("numbers", 1, 5000).events())
        .extracting(GatewayScenarioTest::number)
        .containsExactlyElementsOf(IntStream.range(0, 3000).boxed().toList());
    ClientTest.until(() -> group("g").floor() == 3000);
    assertThat(handled).contains(0, 2999);
  }

  private static void join(Thread thread) {
    try {
      thread.join(60_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    assertThat(thread.isAlive()).isFalse();
  }

  private static int number(EventRecord event) {
    return Integer.parseInt(new String(event.payload().bytes(), StandardCharsets.UTF_8));
  }

  @Test
  void aRestartBurnsNoAttempts() {
    EventClient client = connect(builder());
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    client.subscribe(
        NUMBERS,
        "g",
        ClientSubscribeOptions.builder().manualAck().build(),
        d -> {
          attempts.add(d.attempt());
          if (attempts.size() > 1) {
            ClientTest.get(d.ack());
          }
        });
    client.publish(NUMBERS, 1);
    ClientTest.until(() -> attempts.size() == 1);

    replace(gatewayOf(gateway.address().getPort()));

    ClientTest.until(() -> group("g").floor() == 1);
    assertThat(attempts).containsExactly(1, 1);
  }

  @Test
  void aWrongTokenIsATypedError() {
    EventClientBuilder wrong = builder().token("guess");

    assertThatThrownBy(wrong::connect)
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_TOKEN));
  }

  @Test
  void whatThePolicyForbidsIsATypedError() {
    Policy policy = Scopes.policy(List.of("publish:other"));
    replace(gatewayOf(0).auth(StaticTokenAuthenticator.of("secret", policy)));
    EventClient client = connect();

    assertThatThrownBy(() -> client.publish(NUMBERS, 1))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", d -> {}))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    assertThat(client.publish(Topic.of("other", Integer.class), 1).seq()).isEqualTo(1);
  }

  @Test
  void aGroupThatWasMadeOtherwiseIsNamed() {
    EventClient client = connect();
    client
        .subscribe(NUMBERS, "g", ClientSubscribeOptions.builder().maxAttempts(3).build(), d -> {})
        .close();

    assertThatThrownBy(
            () ->
                client.subscribe(
                    NUMBERS, "g", ClientSubscribeOptions.builder().maxAttempts(4).build(), d -> {}))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("maxAttempts");
  }

  @Test
  void anUnknownStartIsRefused() {
    EventClient client = connect();
    ClientSubscribeOptions after =
        ClientSubscribeOptions.builder().startAt(new StartAt.AfterId("nobody")).build();

    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", after, d -> {}))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
  }

  @Test
  void anEventLargerThanTheGatewayTakesIsATypedError() {
    replace(gatewayOf(0).limits(GatewayLimits.builder().maxEventBytes(2000).build()));
    EventClient client = connect();
    Topic<String> words = Topic.of("words", String.class);

    assertThatThrownBy(() -> client.publish(words, "x".repeat(3000)))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
    assertThat(client.publish(words, "short").seq()).isEqualTo(1);
  }

  @Test
  void publishesBeyondTheRateAreAllAppendedInTheEnd() {
    replace(gatewayOf(0).limits(GatewayLimits.builder().publishRate(100).build()));
    EventClient client = connect();
    List<CompletableFuture<Confirmed>> answers = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      answers.add(client.publishAsync(NUMBERS, i, PublishOptions.none()));
    }

    answers.forEach(ClientTest::get);
    assertThat(bus.admin().read("numbers", 1, 500).events())
        .extracting(GatewayScenarioTest::number)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 250).boxed().toList());
  }

  @Test
  void anExpiredTokenIsReplacedByAFreshOne() {
    Policy all = Policy.allowAll();
    replace(
        gatewayOf(0)
            .auth(
                token ->
                    new Identity(
                        "me",
                        all,
                        token.equals("token-1") ? timing.wall().instant().plusMillis(400) : null)));
    AtomicInteger asked = new AtomicInteger();
    EventClient client = connect(builder().token(() -> "token-" + asked.incrementAndGet()));

    ClientTest.until(() -> asked.get() >= 2 && client.state() == ClientState.CONNECTED);

    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
  }

  /** A gateway whose tokens live ten minutes and allow what their text says, scope by scope. */
  private void replaceByScoped() {
    replace(
        gatewayOf(0)
            .auth(
                token ->
                    new Identity(
                        "me",
                        Scopes.policy(List.of(token.split(" "))),
                        timing.wall().instant().plusSeconds(600))));
  }

  @Test
  void aTokenThatIsRenewedInMidStreamCausesNoRedelivery() {
    replaceByScoped();
    List<ClientState> states = new CopyOnWriteArrayList<>();
    EventClient client =
        connect(builder().token("*").onStateChange((state, cause) -> states.add(state)));
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    List<Integer> handled = new CopyOnWriteArrayList<>();
    client.subscribe(
        NUMBERS,
        "g",
        d -> {
          attempts.add(d.attempt());
          handled.add(d.payload());
        });
    List<CompletableFuture<Confirmed>> answers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      answers.add(client.publishAsync(NUMBERS, i, PublishOptions.none()));
      if (i % 100 == 50) {
        ClientTest.get(client.renewToken());
      }
    }

    answers.forEach(ClientTest::get);
    ClientTest.until(() -> group("g").floor() == 300);
    assertThat(handled).containsExactlyElementsOf(IntStream.range(0, 300).boxed().toList());
    assertThat(attempts).containsOnly(1);
    assertThat(states).containsExactly(ClientState.CONNECTING, ClientState.CONNECTED);
  }

  @Test
  void aNarrowerTokenEndsOneSubscriptionAndTheOtherGoesOn() {
    replaceByScoped();
    Topic<Integer> others = Topic.of("others", Integer.class);
    AtomicReference<String> scopes = new AtomicReference<>("publish:** subscribe:**");
    EventClient client = connect(builder().token(scopes::get));
    CompletableFuture<ClientDelivery<Integer>> held = new CompletableFuture<>();
    ClientSubscription revoked =
        client.subscribe(
            NUMBERS, "g", ClientSubscribeOptions.builder().manualAck().build(), held::complete);
    List<Integer> handled = new CopyOnWriteArrayList<>();
    ClientSubscription other = client.subscribe(others, "g", d -> handled.add(d.payload()));
    client.publish(NUMBERS, 1);
    ClientDelivery<Integer> delivery = ClientTest.get(held);

    scopes.set("publish:** subscribe:others");
    ClientTest.get(client.renewToken());

    assertThat(ClientTest.failure(revoked.ended()))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    assertThat(delivery.leaseLost()).isTrue();
    assertThat(ClientTest.get(delivery.ack()).name()).isEqualTo("STALE_LEASE");
    client.publish(others, 7);
    ClientTest.until(() -> handled.equals(List.of(7)));
    assertThat(other.ended()).isNotDone();
    assertThat(group("g").floor()).isZero();
    assertThatThrownBy(() -> client.subscribe(NUMBERS, "g", d -> {}))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    // Wider again, and what was handed back comes as its first attempt.
    scopes.set("publish:** subscribe:**");
    ClientTest.get(client.renewToken());
    CompletableFuture<Integer> attempt = new CompletableFuture<>();
    client.subscribe(NUMBERS, "g", d -> attempt.complete(d.attempt()));
    assertThat(ClientTest.get(attempt)).isEqualTo(1);
  }

  @Test
  void aDeletedGroupEndsItsSubscription() {
    EventClient client = connect();
    ClientSubscription subscription = client.subscribe(NUMBERS, "g", d -> {});

    bus.admin().deleteGroup("numbers", "g");

    assertThat(ClientTest.failure(subscription.ended()))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("deleted");
  }

  @Test
  void aLongHandlerKeepsItsLeaseByExtension() {
    ManualClock clock = new ManualClock();
    Duration lease = Duration.ofSeconds(30);
    try (EventBus turned = EventBus.builder().timing(clock).build();
        WsGateway by =
            WsGateway.of(turned)
                .port(0)
                .timing(clock)
                .limits(GatewayLimits.builder().pingInterval(Duration.ofHours(1)).build())
                .auth(StaticTokenAuthenticator.of("secret"))
                .start();
        EventClient client =
            EventClient.builder(URI.create("ws://127.0.0.1:" + by.address().getPort()))
                .token("secret")
                .timing(clock)
                .keepAlive(Duration.ofHours(1))
                .connect()) {
      List<Integer> attempts = new CopyOnWriteArrayList<>();
      CompletableFuture<ClientDelivery<Integer>> started = new CompletableFuture<>();
      CountDownLatch go = new CountDownLatch(1);
      client.subscribe(
          NUMBERS,
          "g",
          ClientSubscribeOptions.builder().ackDeadline(lease).build(),
          d -> {
            attempts.add(d.attempt());
            started.complete(d);
            ClientTest.reached(go);
          });
      client.publish(NUMBERS, 1);
      ClientDelivery<Integer> delivery = ClientTest.get(started);

      for (int halves = 0; halves < 6; halves++) {
        clock.advance(lease.dividedBy(2));
        ClientTest.until(() -> delivery.ackDeadline().equals(lease));
        // Answers come in order: with this one, the extension has been taken and the next is set.
        client.publish(Topic.of("marker", Integer.class), halves);
      }
      go.countDown();

      ClientTest.until(() -> turned.admin().group("numbers", "g").orElseThrow().floor() == 1);
      assertThat(attempts).containsExactly(1);
    }
  }
}
