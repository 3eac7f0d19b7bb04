package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoDatabase;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.bus.TailOptions;
import io.promlib.client.EventClient;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoEventStore;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.state.Compactor;
import io.promlib.ws.WsGateway;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tails of clients through a gateway to a bus on MongoDB, published to by another process's bus.
 */
@Timeout(300)
class MongoTailTest {
  private static final Topic<Integer> LEVELS = Topic.of("tank.level", Integer.class);
  private static final String TOKEN = "a-token-of-the-tests";
  private static final Duration SOON = Duration.ofSeconds(60);

  private final MongoDatabase database = TestMongo.freshDatabase();
  private final EventBus bus = open(database.getName());
  private final EventBus elsewhere = open(database.getName());
  private final WsGateway gateway =
      WsGateway.of(bus).port(0).auth(StaticTokenAuthenticator.of(TOKEN)).start();
  private final List<String> gaps = new CopyOnWriteArrayList<>();

  private static EventBus open(String database) {
    return MongoEventBus.builder(TestMongo.client(), database).open();
  }

  @AfterEach
  void close() {
    gateway.close();
    elsewhere.close();
    bus.close();
  }

  private EventClient connect() {
    return EventClient.builder(URI.create("ws://127.0.0.1:" + gateway.address().getPort()))
        .token(TOKEN)
        .requestTimeout(SOON)
        .connect();
  }

  private static TailOptions.Builder options(List<String> gaps) {
    return TailOptions.builder().gapListener((from, to) -> gaps.add(from + " to " + to));
  }

  private void put(EventBus at, int key, Integer level) {
    at.publish(LEVELS, level, PublishOptions.none().key("tank-" + key));
  }

  @Test
  void everyTailGetsWhatAnyProcessPublishesInOrder() {
    List<Long> first = new CopyOnWriteArrayList<>();
    List<Long> second = new CopyOnWriteArrayList<>();
    try (EventClient one = connect();
        EventClient other = connect()) {
      one.tail(LEVELS, TailOptions.defaults(), event -> first.add(event.record().seq()));
      other.tail(LEVELS, TailOptions.defaults(), event -> second.add(event.record().seq()));
      for (int i = 0; i < 100; i++) {
        put(i % 2 == 0 ? bus : elsewhere, i, i);
      }
      List<Long> all = LongStream.rangeClosed(1, 100).boxed().toList();
      await().atMost(SOON).until(() -> first.size() >= 100 && second.size() >= 100);
      assertThat(first).isEqualTo(all);
      assertThat(second).isEqualTo(all);
    }
  }

  @Test
  void aSnapshotHasWhatRetentionTookAndGoesOnLive() {
    Map<String, Integer> expected = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      put(bus, i, i);
      expected.put("tank-" + i, i);
    }
    put(bus, 3, null);
    expected.remove("tank-3");
    try (Compactor compactor = Compactor.builder(bus, LEVELS.name()).build()) {
      compactor.runToEnd();
    }
    put(elsewhere, 4, 400);
    expected.put("tank-4", 400);
    removeBelow(32);
    assertThat(bus.admin().bounds(LEVELS.name()).first()).isEqualTo(32);

    Map<String, Integer> got = new HashMap<>();
    List<Long> live = new ArrayList<>();
    try (EventClient client = connect()) {
      client.tail(
          LEVELS,
          options(gaps).snapshot().batchSize(7).build(),
          event -> {
            String key = String.valueOf(event.record().key());
            synchronized (got) {
              if (event.isTombstone()) {
                got.remove(key);
              } else {
                got.put(key, event.payload());
              }
              if (!event.isSnapshot()) {
                live.add(event.record().seq());
              }
            }
          });
      put(elsewhere, 5, null);
      expected.remove("tank-5");
      put(bus, 100, 1);
      expected.put("tank-100", 1);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                synchronized (got) {
                  assertThat(live).containsExactly(32L, 33L, 34L);
                  assertThat(got).isEqualTo(expected);
                }
              });
      assertThat(gaps).isEmpty();
    }
  }

  private void removeBelow(long position) {
    try (MongoEventStore store =
        MongoEventStore.builder(database).client(TestMongo.client()).build()) {
      store.removeBelow(LEVELS.name(), position);
    }
  }
}
