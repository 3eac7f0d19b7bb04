package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.draft;
import static io.promlib.mongo.OutboxWorld.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What calls of the outbox cost in commands to the server. */
@Timeout(120)
class OutboxRoundTripsTest {
  private final OutboxWorld world = new OutboxWorld();
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private MongoClient client;
  private MongoOutboxStore store;

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
    store = MongoOutboxStore.builder(client, world.database).wakeUps(WakeUp.NONE).build();
    commands.clear();
  }

  @AfterEach
  void close() {
    store.close();
    client.close();
    world.close();
  }

  @Test
  void anAddWithoutAKeyIsOneCallAndOneWithAKeyTwo() {
    store.add(draft("one", null), NOW);
    assertThat(commands).containsExactly("insert");

    commands.clear();
    store.add(draft("two", "k"), NOW);
    assertThat(commands).containsExactly("findAndModify", "insert");
  }

  @Test
  void aHundredRecordsWithoutKeysCostAtMostFourCallsAndThePublish() {
    for (int i = 0; i < 100; i++) {
      world.add(null, "r" + i);
    }

    assertThat(batch(100)).filteredOn(each -> each.equals("update")).hasSize(2);
    assertThat(commands).hasSizeBetween(3, 4);
  }

  @Test
  void aHundredRecordsOfAHundredKeysCostAtMostFiveCallsAndThePublish() {
    for (int i = 0; i < 100; i++) {
      world.add("k" + i, "r" + i);
    }

    assertThat(batch(100)).endsWith("update", "aggregate", "update").hasSizeBetween(4, 5);
  }

  @Test
  void aHundredRecordsOfOneKeyCostAsMany() {
    world.addMany("k", 100, 1);

    assertThat(batch(100)).endsWith("update", "aggregate", "update").hasSizeBetween(4, 5);
  }

  @Test
  void aCallersOrderCostsTwoMore() {
    for (int i = 0; i < 100; i++) {
      world.store.add(draft("r" + i, "k" + i % 10).order(1 + i / 10), NOW);
    }

    assertThat(batch(100))
        .endsWith("update", "find", "aggregate", "update", "update")
        .hasSizeBetween(6, 7);
  }

  @Test
  void lookingForNothingAgainAndAgainCostsOneCall() {
    claim(store, NOW);
    commands.clear();

    claim(store, NOW);
    claim(store, NOW);

    assertThat(commands).containsExactly("find", "find");
  }

  @Test
  void renewingAHundredIsOneCall() {
    world.addMany("k", 100, 1);
    List<OutboxClaim> claims = claim(store, NOW);
    commands.clear();

    store.renew(claims, OutboxWorld.LEASE, NOW);

    assertThat(commands).containsExactly("update");
  }

  @Test
  void removingIsTwoCallsAndCountingTwo() {
    world.addMany("k", 100, 1);
    batch(100);
    commands.clear();

    assertThat(store.removeSent(NOW + 1, 1000)).isEqualTo(100);
    assertThat(commands).containsExactly("find", "delete");

    commands.clear();
    store.counts();
    assertThat(commands).containsExactly("aggregate", "aggregate");
  }

  /** What claiming and marking so many cost. */
  private List<String> batch(int expected) {
    List<OutboxClaim> claims = claim(store, NOW);
    assertThat(claims).hasSize(expected);
    assertThat(sent(store, claims, NOW)).isEmpty();
    return commands;
  }
}
