package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ClientSessionOptions;
import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.TransactionOptions;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import io.promlib.bus.EventBus;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxDrainer;
import io.promlib.testkit.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An outbox, drainers and a bus together, all in MongoDB. */
@Timeout(300)
class OutboxDrainersTest {
  private static final Topic<Integer> NUMBERS = new Topic<>(TOPIC, Integer.class);

  private final OutboxWorld world = new OutboxWorld();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void aBatchOfAHundredCostsAtMostSixCallsWithThePublish() {
    List<String> commands = new CopyOnWriteArrayList<>();
    MongoClientSettings listening =
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(TestMongo.uri()))
            .addCommandListener(
                new CommandListener() {
                  @Override
                  public void commandStarted(CommandStartedEvent event) {
                    commands.add(event.getCommandName());
                  }
                })
            .build();
    ManualClock clock = new ManualClock();
    try (MongoClient client = MongoClients.create(listening);
        MongoOutboxStore store =
            MongoOutboxStore.builder(client, world.database).wakeUps(WakeUp.NONE).build();
        EventBus bus =
            MongoEventBus.builder(client, world.database)
                .wakeUps(WakeUp.NONE)
                .timing(clock)
                .open();
        OutboxDrainer drainer = OutboxDrainer.builder(store).to(bus).timing(clock).build()) {
      world.addMany("warm", 10, 1);
      assertThat(drainer.drainOnce()).isEqualTo(10);
      for (int i = 0; i < 10; i++) {
        world.addMany("k" + i, 10, 1);
      }
      commands.clear();

      assertThat(drainer.drainOnce()).isEqualTo(100);

      assertThat(commands).hasSizeLessThanOrEqualTo(6).contains("insert").endsWith("update");
    }
    assertThat(world.published()).hasSize(11);
  }

  @Test
  void whatTransactionsCommittedIsInTheTopicOnceAndInTheOrderOfEachKey() throws Exception {
    TestMongo.assumeTransactions("records are added in them");
    int each = 20;
    MongoCollection<Document> counters = world.documents("counters");
    for (int key = 0; key < 3; key++) {
      counters.insertOne(new Document("_id", key).append("n", 0));
    }
    try (MongoOutboxStore one = world.builder().wakeUps(WakeUp.STREAM_AND_POLLING).build();
        MongoOutboxStore two = world.builder().build();
        EventBus bus =
            MongoEventBus.builder(TestMongo.client(), world.database).wakeUps(WakeUp.NONE).open();
        OutboxDrainer first = OutboxDrainer.builder(one).to(bus).batchSize(7).build().start();
        OutboxDrainer second = OutboxDrainer.builder(two).to(bus).batchSize(7).build().start()) {
      OutboxWorld.together(
          3,
          thread -> {
            try (ClientSession session = session()) {
              for (int i = 0; i < each; i++) {
                count(session, counters, (thread + i) % 3, i % 5 == 4);
              }
            }
          });
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .untilAsserted(
              () -> assertThat(two.counts().pending() + two.counts().claimed()).isZero());
      assertThat(first.owner()).isNotEqualTo(second.owner());
    }

    // Each event says how many its key had before: 0, 1, 2, …
    Map<String, List<Integer>> values = new TreeMap<>();
    Events.all(world.events, TOPIC)
        .forEach(
            event ->
                values
                    .computeIfAbsent(event.key(), unseen -> new ArrayList<>())
                    .add(event.payload().tree().intValue()));
    assertThat(values).hasSize(3);
    values.forEach(
        (key, numbers) -> {
          List<Integer> expected = new ArrayList<>();
          int n = counters.find(new Document("_id", Integer.valueOf(key))).first().getInteger("n");
          for (int i = 0; i < n; i++) {
            expected.add(i);
          }
          assertThat(numbers).isEqualTo(expected);
        });
    assertThat(values.values().stream().mapToInt(List::size).sum()).isEqualTo(3 * each * 4 / 5);
  }

  private static ClientSession session() {
    return TestMongo.client()
        .startSession(
            ClientSessionOptions.builder()
                .defaultTransactionOptions(
                    TransactionOptions.builder().writeConcern(WriteConcern.MAJORITY).build())
                .build());
  }

  private void count(
      ClientSession session, MongoCollection<Document> counters, int key, boolean aborts) {
    try {
      session.withTransaction(
          () -> {
            Document before =
                counters.findOneAndUpdate(
                    session, new Document("_id", key), new Document("$inc", new Document("n", 1)));
            world.store.add(
                session,
                NUMBERS,
                before.getInteger("n"),
                PublishOptions.none().key(String.valueOf(key)));
            if (aborts) {
              throw new IllegalStateException("the host changed its mind");
            }
            return 0;
          });
    } catch (IllegalStateException e) {
      assertThat(aborts).isTrue();
    }
  }
}
