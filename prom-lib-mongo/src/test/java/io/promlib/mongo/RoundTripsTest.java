package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import io.promlib.event.EventRecord;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What calls of the store cost in commands to the server. */
@Timeout(180)
class RoundTripsTest {
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final ManualClock clock = new ManualClock();
  private MongoClient client;
  private MongoDatabase database;
  private MongoEventStore store;

  @BeforeEach
  void open() {
    client =
        MongoClients.create(
            MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString(TestMongo.uri()))
                .addCommandListener(
                    new CommandListener() {
                      @Override
                      public void commandStarted(CommandStartedEvent event) {
                        commands.add(event.getCommandName());
                      }
                    })
                .build());
    database = client.getDatabase(TestMongo.freshDatabase().getName());
    store =
        MongoEventStore.builder(database).client(client).timing(clock).wakeUps(WakeUp.NONE).build();
    store.append(TOPIC, Events.events("first", 1), NOW);
    commands.clear();
  }

  @AfterEach
  void close() {
    store.close();
    client.close();
  }

  @Test
  void anAppendOfAThousandInAnIdleTopicIsOneInsert() {
    store.append(TOPIC, Events.events("a", 1000), NOW);

    assertThat(commands).containsExactly("insert");
  }

  @Test
  void aSecondLaterTheSettingsAreReadAgain() {
    clock.advance(Duration.ofSeconds(2));
    store.append(TOPIC, Events.events("a", 10), NOW);

    assertThat(commands).containsExactly("find", "insert");
  }

  @Test
  void anAppendThatAnotherProcessWasFasterThanCostsTwoLookUpsAndOneMoreInsert() {
    try (MongoEventStore other =
        MongoEventStore.builder(database).client(client).wakeUps(WakeUp.NONE).build()) {
      other.append(TOPIC, Events.events("other", 1), NOW);
    }
    commands.clear();

    store.append(TOPIC, Events.events("a", 10), NOW);

    assertThat(commands).containsExactly("insert", "find", "find", "insert");
  }

  @Test
  void aFullPageIsOneQuery() {
    store.append(TOPIC, Events.events("a", 200), NOW);
    commands.clear();

    assertThat(store.read(TOPIC, 1, 100).events()).hasSize(100);
    assertThat(store.read(TOPIC, 101, 200).events()).hasSize(101);
    assertThat(store.read(TOPIC, 1, Integer.MAX_VALUE).events()).hasSize(201);

    assertThat(commands).containsExactly("find", "find", "find");
  }

  @Test
  void anEmptyPageAtTheKnownEndAsksForFirstOnly() {
    assertThat(store.read(TOPIC, 2, 100).tail()).isEqualTo(1);

    assertThat(commands).containsExactly("find", "find");
  }

  @Test
  void aPageOfKeysCostsTheSameWhateverTheirNumber() {
    for (int i = 0; i < 40; i++) {
      store.append(TOPIC, Events.keyed("k" + i, "key-" + i % 20), NOW);
    }
    commands.clear();

    assertThat(store.latestPage(TOPIC, null, 20).events()).hasSize(20);

    assertThat(commands).containsExactly("find", "find");
  }

  @Test
  void theLatestOfManyKeysIsAskedForTogether() {
    List<Draft> events =
        IntStream.range(0, 400).mapToObj(i -> Events.keyed("k" + i, "key-" + i % 200)).toList();
    store.append(TOPIC, events, NOW);
    List<String> keys = IntStream.range(0, 200).mapToObj(i -> "key-" + i).toList();
    commands.clear();

    List<EventRecord> latest = new ArrayList<>();
    store.latest(TOPIC, keys, Long.MAX_VALUE, latest::add);

    assertThat(latest).hasSize(200);
    assertThat(commands).containsExactly("find", "find");
    commands.clear();

    assertThat(store.latestSeqs(TOPIC, keys, 201)).hasSize(200);
    assertThat(commands).containsExactly("find");
  }

  @Test
  void aPositionByTimeTakesARoundTripForEachDoubling() {
    for (int at = 0; at < 8; at++) {
      store.append(TOPIC, Events.events("at-" + at + "-", 125), NOW + at);
    }
    commands.clear();

    assertThat(store.lastUntil(TOPIC, NOW + 3)).isEqualTo(501);
    assertThat(commands).hasSizeLessThanOrEqualTo(12).containsOnly("find");
  }

  @Test
  void anAppendAtAPlaceIsOneInsert() {
    assertThat(store.appendAt(TOPIC, 1, Events.events("a", 5), NOW)).hasSize(5);
    commands.clear();

    assertThat(store.appendAt(TOPIC, 6, Events.events("b", 5), NOW)).hasSize(5);
    assertThat(commands).containsExactly("insert");
  }
}
