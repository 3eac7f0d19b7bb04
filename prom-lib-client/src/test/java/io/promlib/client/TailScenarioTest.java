package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.TailOptions;
import io.promlib.event.PublishOptions;
import io.promlib.store.Backoff;
import io.promlib.store.TopicSettings;
import io.promlib.wire.ErrorCode;
import io.promlib.ws.WsGateway;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tails of the client against the real gateway. */
class TailScenarioTest {
  private final EventBus bus = EventBus.inMemory();
  private final List<EventClient> clients = new ArrayList<>();
  private WsGateway gateway = builder(0).start();

  private WsGateway.Builder builder(int port) {
    return WsGateway.of(bus).port(port).auth(StaticTokenAuthenticator.of("secret"));
  }

  private EventClient connect() {
    EventClient client =
        EventClient.builder(URI.create("ws://127.0.0.1:" + gateway.address().getPort()))
            .token("secret")
            .requestTimeout(ClientTest.LIMIT)
            .reconnect(Backoff.fixed(Duration.ofMillis(20)))
            .gracePeriod(Duration.ofSeconds(2))
            .connect();
    clients.add(client);
    return client;
  }

  private void publish(int from, int to) {
    IntStream.rangeClosed(from, to).forEach(i -> bus.publish(ClientTest.NUMBERS, i));
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @AfterEach
  void closeAll() {
    clients.forEach(EventClient::close);
    gateway.close();
    bus.close();
  }

  @Test
  void twoClientsGetEverythingInOrderThroughRestartsOfTheGateway() throws Exception {
    List<Long> first = new CopyOnWriteArrayList<>();
    List<Long> second = new CopyOnWriteArrayList<>();
    connect().tail(ClientTest.NUMBERS, TailOptions.defaults(), e -> first.add(e.record().seq()));
    connect().tail(ClientTest.NUMBERS, TailOptions.defaults(), e -> second.add(e.record().seq()));
    int all = 4000;
    Thread publisher = new Thread(() -> publish(1, all));
    publisher.start();
    int port = gateway.address().getPort();
    for (int restart = 1; restart <= 3; restart++) {
      int some = restart * 500;
      ClientTest.until(() -> first.size() > some);
      gateway.close();
      gateway = builder(port).start();
    }
    publisher.join(30_000);

    ClientTest.until(() -> first.size() >= all && second.size() >= all);
    assertThat(first).isEqualTo(range(1, all));
    assertThat(second).isEqualTo(range(1, all));
  }

  @Test
  void aSnapshotAndWhatFollowsIsTheStateWhileOthersPublish() throws Exception {
    int all = 5000;
    Thread publisher =
        new Thread(
            () ->
                IntStream.range(0, all)
                    .forEach(
                        i ->
                            bus.publish(
                                ClientTest.NUMBERS, i, PublishOptions.none().key("k" + i % 70))));
    publisher.start();
    ClientTest.until(() -> bus.admin().topic("numbers").extent().tail() > 500);
    Map<String, Integer> state = new ConcurrentHashMap<>();
    connect()
        .tail(
            ClientTest.NUMBERS,
            TailOptions.builder().snapshot().build(),
            e -> state.put(String.valueOf(e.record().key()), e.payload()));
    publisher.join(30_000);

    Map<String, Integer> expected = new HashMap<>();
    IntStream.range(0, all).forEach(i -> expected.put("k" + i % 70, i));
    ClientTest.until(() -> state.equals(expected));
  }

  @Test
  void aSlowHandlerKeepsTheRestInTheTopicAndMissesNothing() {
    CountDownLatch may = new CountDownLatch(1);
    List<Long> handled = new CopyOnWriteArrayList<>();
    connect()
        .tail(
            ClientTest.NUMBERS,
            TailOptions.builder().batchSize(20).build(),
            e -> {
              ClientTest.reached(may);
              handled.add(e.record().seq());
            });
    publish(1, 3000);
    may.countDown();

    ClientTest.until(() -> handled.size() >= 3000);
    assertThat(handled).isEqualTo(range(1, 3000));
  }

  @Test
  void whatRetentionTookIsAGap() {
    bus.admin().configure("numbers", TopicSettings.IN_MEMORY.maxEvents(10));
    publish(1, 100);
    long first = bus.admin().topic("numbers").extent().first();
    List<String> told = new CopyOnWriteArrayList<>();
    connect()
        .tail(
            ClientTest.NUMBERS,
            TailOptions.builder()
                .startAt(new StartAt.AfterSeq(5))
                .gapListener((from, to) -> told.add(from + "-" + to))
                .build(),
            e -> told.add("" + e.record().seq()));

    ClientTest.until(() -> told.contains("100"));
    assertThat(told.get(0)).isEqualTo("6-" + (first - 1));
    assertThat(told.get(1)).isEqualTo("" + first);
  }

  @Test
  void aRuleWithGroupsDeniesIt() {
    gateway.close();
    Policy policy = Policy.allow(Action.SUBSCRIBE, "numbers").groups("g").build();
    gateway = builder(0).auth(StaticTokenAuthenticator.of("secret", policy)).start();
    EventClient client = connect();

    assertThatThrownBy(() -> client.tail(ClientTest.NUMBERS, TailOptions.defaults(), e -> {}))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    client.subscribe(ClientTest.NUMBERS, "g", e -> {});
  }
}
