package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.TOPIC;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxStatus;
import java.util.List;
import java.util.Set;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every query of the outbox is served by one index, filter and sort. */
@Timeout(120)
class OutboxExplainTest {
  private OutboxWorld world;
  private MongoCollection<Document> outbox;

  @BeforeEach
  void open() {
    TestMongo.assumeReal("the stand-in does not explain");
    world = new OutboxWorld();
    outbox = world.documents("outbox");
    for (int i = 0; i < 20; i++) {
      world.addMany("k" + i, 20, 1);
    }
    List<OutboxClaim> claims = claim(world.store, NOW);
    sent(world.store, claims.subList(0, 50), NOW);
    outbox.updateMany(Filters.eq("key", "k7"), new Document("$set", new Document("parked", true)));
  }

  @AfterEach
  void close() {
    if (world != null) {
      world.close();
    }
  }

  @Test
  void whatIsDueIsFoundInOrderSlotBySlot() {
    // A slot that is passed costs a key.
    assertServed(explain(OutboxQuery.due(0, 31, NOW, 10)), 10 + 34, 10);
    assertServed(explain(OutboxQuery.due(12, 31, NOW, 10)), 10 + 34, 10);
    assertServed(explain(OutboxQuery.fresh(0, 31, 10)), 10 + 66, 10);
    assertServed(explain(OutboxQuery.waited(12, 31, NOW, 10)), 10 + 66, 10);
  }

  @Test
  void theLowestOfTheClaimedKeysIsFoundByTheIndexThatDoesNotChange() {
    List<OutboxClaim> claims = claim(world.store, NOW);
    Document plan =
        outbox
            .aggregate(
                OutboxOrder.lowest(
                    List.of(claims.stream().map(OutboxClaim::record).toList()), "token"))
            .hint(OutboxIndexes.ORDER)
            .explain();

    assertThat(plan.toJson()).contains("\"indexName\": \"order\"").doesNotContain("\"SORT\"");
  }

  @Test
  void whatIsParkedOfAKeyIsFoundByAnIndexOfNothingElse() {
    Document plan = outbox.find(OutboxParking.parked(TOPIC, Set.of("k7", "k8"))).explain();

    assertServed(plan, 22, 20);
    assertThat(plan.toJson()).contains("\"indexName\": \"parked\"");
  }

  @Test
  void whatWasSentLongAgoIsFoundAtOnce() {
    assertServed(explain(OutboxQuery.sentBefore(NOW + 1, 10)), 10, 10);
    assertServed(explain(OutboxQuery.sentBefore(NOW, 10)), 1, 0);
  }

  @Test
  void listsAreServedByAnIndex() {
    assertServed(explain(OutboxQuery.list(OutboxStatus.PENDING, null, 10)), 10, 10);
    assertServed(
        explain(
            OutboxQuery.list(
                OutboxStatus.PENDING, world.store.list(OutboxStatus.PENDING, null, 5).get(4), 10)),
        10 + 60,
        10 + 60);
    assertServed(explain(OutboxQuery.list(OutboxStatus.SENT, null, 10)), 1000, 1000);
  }

  @Test
  void countsReadNoDocument() {
    Document sent =
        outbox
            .find(Filters.eq("status", "sent"))
            .hint(OutboxIndexes.SENT)
            .projection(new Document("_id", 0).append("status", 1))
            .explain();
    Document unsent =
        outbox.aggregate(OutboxDesk.unsentByStatus()).hint(OutboxIndexes.UNSENT).explain();

    assertServed(sent, 51, 0);
    assertThat(unsent.toJson()).contains("PROJECTION_COVERED").doesNotContain("FETCH");
  }

  private Document explain(OutboxQuery query) {
    return outbox
        .find(query.filter())
        .sort(query.sort())
        .projection(query.projection())
        .hint(query.hint())
        .limit(query.limit())
        .explain();
  }

  private static void assertServed(Document plan, long mostKeys, long mostDocuments) {
    Document winning = plan.get("queryPlanner", Document.class).get("winningPlan", Document.class);
    Document stats = plan.get("executionStats", Document.class);
    assertThat(winning.toJson()).doesNotContain("COLLSCAN", "\"SORT\"");
    assertThat(((Number) stats.get("totalKeysExamined")).longValue())
        .as(plan.toJson())
        .isLessThanOrEqualTo(mostKeys);
    assertThat(((Number) stats.get("totalDocsExamined")).longValue())
        .as(plan.toJson())
        .isLessThanOrEqualTo(mostDocuments);
  }
}
