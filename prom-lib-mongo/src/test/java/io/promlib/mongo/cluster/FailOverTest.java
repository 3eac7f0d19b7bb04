package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoException;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoCollection;
import io.promlib.bus.EventBus;
import io.promlib.bus.PublishException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.ReplicaSet;
import io.promlib.store.Ordering;
import io.promlib.store.StoreUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.bson.Document;
import org.junit.jupiter.api.Test;

/** A replica set of three loses its primary. */
class FailOverTest {
  private static final String GROUP = "workers";
  private static final String OWN = "own";

  @Test
  void primariesThatAreKilledInMidLoadTakeNothingWithThem() throws Exception {
    Topic<String> topic = Topic.of("cluster.failover", String.class);
    int step = Sizes.outlived() / 6;
    try (ReplicaSet set = ReplicaSet.start()) {
      Database database = new Database(set.uri("failover"), "failover");
      try (EventBus bus = database.open();
          Cluster cluster = new Cluster("fail-over", database.settings(topic.name()))) {
        List<ChildJvm> writers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          writers.add(
              cluster.start(
                  "writer",
                  WriterMain.class,
                  Map.of("threads", 2, "each", 0, "window", 4, "keys", 50)));
          cluster.start("consumer", ConsumerMain.class, consuming());
        }
        cluster.start("follower", FollowerMain.class, Map.of("own", OWN, "shared", "shared"));
        cluster.awaitReady(Sizes.patience());
        cluster.go();
        for (int kill = 0; kill < 2; kill++) {
          awaitMore(cluster, step);
          int fallen = set.primary();
          set.kill(fallen);
          awaitMore(cluster, step);
          set.startAgain(fallen);
          set.awaitSecondaries(2);
        }
        awaitMore(cluster, step);
        cluster.stop(writers, Sizes.patience());
        long total = published(cluster);
        for (String group : List.of(GROUP, OWN)) {
          Progress.await(() -> Topics.floor(bus, topic.name(), group) == total);
        }
        cluster.stop(Sizes.patience());

        List<Note> notes = cluster.journal().notes();
        Executions executions = Executions.of(GROUP, notes);
        System.out.printf(
            "fail-over: %d events, 2 primaries killed, %d redeliveries%n",
            total, executions.redelivered());
        List<EventRecord> stored = Topics.all(bus, topic.name());
        assertThat(stored)
            .extracting(EventRecord::seq)
            .containsExactlyElementsOf(LongStream.rangeClosed(1, total).boxed().toList());
        assertThat(stored).extracting(EventRecord::id).doesNotHaveDuplicates();
        assertThat(executions.done()).hasSize((int) total);
        assertThat(executions.startedAgain()).isEmpty();
        assertThat(executions.outOfTurn()).isEmpty();
        assertThat(Executions.of(OWN, notes).all())
            .extracting(Execution::id)
            .containsSubsequence(stored.stream().map(EventRecord::id).toList());
      }
    }
  }

  @Test
  void whatOnlyTheOldPrimaryHadIsSeenByNobodyAndGoneWithIt() throws Exception {
    Topic<String> topic = Topic.of("cluster.rollback", String.class);
    try (ReplicaSet set = ReplicaSet.start()) {
      Database database = new Database(set.uri("rollback"), "rollback");
      try (EventBus bus = database.open();
          EventBus other = database.open()) {
        List<String> seen = new CopyOnWriteArrayList<>();
        SubscribeOptions options =
            SubscribeOptions.builder().startAt(StartAt.EARLIEST).ordering(Ordering.TOPIC).build();
        try (Subscription follower =
            other.subscribe(topic, OWN, options, delivery -> seen.add(delivery.record().id()))) {
          publish(bus, topic, "durable-0", "durable-1");
          int old = set.primary();
          set.pauseAllBut(old);
          // In one append: the old primary steps down soon after it has lost the others.
          List<String> ids = List.of("doubtful-0", "doubtful-1", "doubtful-2");
          CompletableFuture<List<Published>> doubtful =
              bus.publishAllAsync(
                  topic,
                  ids.stream().map(id -> new Message<>(id, PublishOptions.none().id(id))).toList());
          MongoCollection<Document> local =
              set.client(old).getDatabase("rollback").getCollection("events");
          Progress.await(() -> idsAt(local, topic).size() == 5);
          // Behind this in the journal, all of that outlives the kill.
          set.client(old)
              .getDatabase("rollback")
              .getCollection("mark")
              .withWriteConcern(WriteConcern.W1.withJournal(true))
              .insertOne(new Document());
          assertThat(seen).as("what the others do not have").doesNotContainAnyElementsOf(ids);
          set.kill(old);
          set.resumeAllBut(old);
          set.primary();
          publishUntilDone(other, topic, "other-0");
          doubtful.handle((done, failed) -> done).join();
          for (String id : ids) {
            publishUntilDone(bus, topic, id);
          }
          set.startAgain(old);
          set.awaitSecondaries(2);
          publishUntilDone(bus, topic, "last");

          List<EventRecord> stored = Topics.all(bus, topic.name());
          Progress.await(() -> seen.contains("last"));
          assertThat(stored)
              .extracting(EventRecord::id)
              .startsWith("durable-0", "durable-1")
              .endsWith("last")
              .containsExactlyInAnyOrder(
                  "durable-0",
                  "durable-1",
                  "doubtful-0",
                  "doubtful-1",
                  "doubtful-2",
                  "other-0",
                  "last");
          assertThat(stored)
              .extracting(EventRecord::seq)
              .containsExactlyElementsOf(LongStream.rangeClosed(1, 7).boxed().toList());
          assertThat(seen).containsExactlyElementsOf(stored.stream().map(EventRecord::id).toList());
          assertThat(follower.ended()).isNotDone();
          Progress.await(() -> idsAt(local, topic).equals(seen));
        }
      }
    }
  }

  /** What one member holds; nothing while it refuses reads, as in its roll-back. */
  private static List<String> idsAt(MongoCollection<Document> member, Topic<?> topic) {
    try {
      return member
          .find(new Document("topic", topic.name()))
          .sort(new Document("seq", 1))
          .map(event -> event.getString("id"))
          .into(new ArrayList<>());
    } catch (MongoException refused) {
      return List.of();
    }
  }

  private static Map<String, Object> consuming() {
    return Map.of(
        "group", GROUP, "ordering", "KEY", "concurrency", 32, "maxAttempts", 5, "work", 20);
  }

  private static void publish(EventBus bus, Topic<String> topic, String... ids) {
    for (String id : ids) {
      bus.publish(topic, id, PublishOptions.none().id(id));
    }
  }

  /** As a host does: again with the same id, while the set has no primary. */
  private static void publishUntilDone(EventBus bus, Topic<String> topic, String id) {
    Progress.await(
        () -> {
          try {
            publish(bus, topic, id);
            return true;
          } catch (PublishException | StoreUnavailableException e) {
            return false;
          }
        });
  }

  private static void awaitMore(Cluster cluster, int more) throws IOException {
    long before = published(cluster);
    Progress.await(() -> published(cluster) >= before + more);
  }

  private static long published(Cluster cluster) throws IOException {
    return cluster.journal().count(note -> note.kind() == Note.Kind.PUBLISHED);
  }
}
