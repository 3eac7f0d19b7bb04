package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static io.promlib.mongo.Events.event;
import static io.promlib.mongo.Events.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoCommandException;
import com.mongodb.ServerAddress;
import com.mongodb.bulk.BulkWriteResult;
import com.mongodb.bulk.WriteConcernError;
import com.mongodb.client.MongoDatabase;
import io.promlib.PromException;
import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.RawBsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an append leaves when its answers are lost, its connections break, or others are faster. */
@Timeout(180)
class AppendFaultsTest {
  private FaultyDatabase faults;
  private MongoEventStore store;
  private MongoEventStore other;

  @BeforeEach
  void open() {
    MongoDatabase database = TestMongo.freshDatabase();
    other = quiet(database).build();
    faults = new FaultyDatabase(database);
    store = quiet(database).build(faults);
  }

  private static MongoEventStoreBuilder quiet(MongoDatabase database) {
    return MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE);
  }

  @AfterEach
  void close() {
    store.close();
    other.close();
  }

  @Test
  void anAppendWhoseAnswerWasLostIsFoundAndNotRepeated() {
    faults.next(
        (documents, carryOut) -> {
          carryOut.run();
          throw FaultyDatabase.broken();
        });

    assertPlaced(store.append(TOPIC, events("a", 3), NOW), 1, 2, 3);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2", "a3");
    assertPlaced(store.append(TOPIC, events("b", 1), NOW), 4);
  }

  @Test
  void anAppendThatNeverArrivedIsTriedAgain() {
    faults.next(
        (documents, carryOut) -> {
          throw FaultyDatabase.broken();
        });

    assertPlaced(store.append(TOPIC, events("a", 3), NOW), 1, 2, 3);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2", "a3");
  }

  @Test
  void anAppendThatBrokeHalfwayIsCompleted() {
    faults.next(
        (documents, carryOut) -> {
          faults.insertLate(documents.subList(0, 2));
          throw FaultyDatabase.broken();
        });

    assertPlaced(store.append(TOPIC, events("a", 5), NOW), 1, 2, 3, 4, 5);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2", "a3", "a4", "a5");
  }

  @Test
  void anAppendThatArrivesAfterItWasTriedAgainStoresNothing() {
    List<RawBsonDocument> late = new ArrayList<>();
    faults.next(
        (documents, carryOut) -> {
          documents.forEach(document -> late.add(copy(document)));
          throw FaultyDatabase.broken();
        });
    store.append(TOPIC, events("a", 3), NOW);

    assertThatThrownBy(() -> faults.insertLate(late)).isInstanceOf(MongoBulkWriteException.class);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2", "a3");
  }

  @Test
  void anAppendThatArrivesJustBeforeItIsTriedAgainIsNotDoubled() {
    List<RawBsonDocument> late = new ArrayList<>();
    faults
        .next(
            (documents, carryOut) -> {
              documents.forEach(document -> late.add(copy(document)));
              throw FaultyDatabase.broken();
            })
        .next(
            (documents, carryOut) -> {
              faults.insertLate(late.subList(0, 2));
              carryOut.run();
            });

    assertPlaced(store.append(TOPIC, events("a", 3), NOW), 1, 2, 3);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2", "a3");
  }

  @Test
  void anAppendThatArrivesWhenOthersTookItsPlaceStoresNothing() {
    List<RawBsonDocument> late = new ArrayList<>();
    faults.next(
        (documents, carryOut) -> {
          documents.forEach(document -> late.add(copy(document)));
          other.append(TOPIC, events("other", 1), NOW);
          throw FaultyDatabase.broken();
        });

    assertPlaced(store.append(TOPIC, events("a", 2), NOW), 2, 3);
    assertThatThrownBy(() -> faults.insertLate(late)).isInstanceOf(MongoBulkWriteException.class);
    assertThat(Events.ids(other, TOPIC)).containsExactly("other1", "a1", "a2");
  }

  @Test
  void aMajorityThatDidNotAnswerInTimeIsAskedWhatIsStored() {
    faults.next(
        (documents, carryOut) -> {
          carryOut.run();
          throw writeConcernError();
        });

    assertPlaced(store.append(TOPIC, events("a", 2), NOW), 1, 2);
    assertThat(Events.seqs(other, TOPIC)).containsExactly(1L, 2L);
  }

  @Test
  void whereTheOutcomeStaysUnknownAnotherTryWithTheSameIdsIsSafe() {
    faults.next(
        (documents, carryOut) -> {
          carryOut.run();
          faults.failReads(1);
          throw FaultyDatabase.broken();
        });
    List<Draft> events = events("a", 2);

    assertThatThrownBy(() -> store.append(TOPIC, events, NOW))
        .isInstanceOf(StoreUnavailableException.class);

    assertThat(store.append(TOPIC, events, NOW)).extracting(Published::seq).containsExactly(1L, 2L);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a1", "a2");
  }

  @Test
  void aServerThatBreaksEveryInsertIsGivenUpOnAfterAFewTries() {
    for (int i = 0; i < 3; i++) {
      faults.next(
          (documents, carryOut) -> {
            throw FaultyDatabase.broken();
          });
    }

    assertThatThrownBy(() -> store.append(TOPIC, events("a", 2), NOW))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("not appended to orders.placed");
    assertPlaced(store.append(TOPIC, events("a", 2), NOW), 1, 2);
  }

  @Test
  void aMissingRightIsToldAndNotTriedAgain() {
    faults.next(
        (documents, carryOut) -> {
          throw new MongoCommandException(
              BsonDocument.parse("{ok: 0, code: 13, errmsg: 'not authorized on prom'}"),
              new ServerAddress("test"));
        });

    assertThatThrownBy(() -> store.append(TOPIC, events("a", 2), NOW))
        .isInstanceOf(PromException.class)
        .isNotInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("lacks a right");
  }

  @Test
  void whoeverWasFasterIsFollowedInOrder() {
    store.append(TOPIC, events("first", 1), NOW);
    other.append(TOPIC, events("other", 3), NOW + 50);

    List<Published> placed = store.append(TOPIC, events("a", 2), NOW);

    assertPlaced(placed, 5, 6);
    assertThat(placed).allMatch(published -> published.record().at() == NOW + 50);
  }

  @Test
  void duplicatesInTheMiddleOfABatchAreAnsweredAndTheRestIsPlaced() {
    other.append(TOPIC, List.of(event("a2"), event("a4")), NOW);

    List<Published> answer = store.append(TOPIC, events("a", 5), NOW + 9);

    assertThat(answer).extracting(Published::seq).containsExactly(3L, 1L, 4L, 2L, 5L);
    assertThat(answer)
        .extracting(Published::duplicate)
        .containsExactly(false, true, false, true, false);
    assertThat(answer.get(1).record().at()).isEqualTo(NOW);
    assertThat(Events.ids(other, TOPIC)).containsExactly("a2", "a4", "a1", "a3", "a5");
  }

  @Test
  void theSameIdAtTheSamePositionFromTwoProcessesIsOnesOwnOnlyOnce() {
    faults.next(
        (documents, carryOut) -> {
          other.append(TOPIC, events("a", 1), NOW);
          carryOut.run();
        });

    Published answer = store.append(TOPIC, event("a1"), NOW);

    assertThat(answer).isNotNull();
    assertThat(answer.duplicate()).isTrue();
    assertThat(answer.seq()).isEqualTo(1);
  }

  @Test
  void anIdWhoseEventWasEmptiedIsStillKnown() {
    store.append(TOPIC, events("a", 1), NOW);
    store.remove(TOPIC, List.of(1L));

    Published answer = store.append(TOPIC, event("a1"), NOW + 5);

    assertThat(answer).isNotNull();
    assertThat(answer.duplicate()).isTrue();
    assertThat(answer.seq()).isEqualTo(1);
    assertThat(answer.record().payload().isNull()).isTrue();
  }

  @Test
  void anInterruptedCallerAppendsAllTheSameAndStaysInterrupted() {
    Thread.currentThread().interrupt();

    List<Published> placed;
    boolean interrupted;
    try {
      placed = store.append(TOPIC, events("a", 2), NOW);
    } finally {
      interrupted = Thread.interrupted();
    }

    assertPlaced(placed, 1, 2);
    assertThat(interrupted).isTrue();
  }

  @Test
  void oneInsertCarriesNoMoreThanSixteenMebibytes() {
    List<Integer> inserted = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      faults.next(
          (documents, carryOut) -> {
            inserted.add(documents.size());
            carryOut.run();
          });
    }
    Payload large = Payload.json("\"" + "x".repeat(6 << 20) + "\"");
    List<Draft> events = new ArrayList<>();
    for (String id : List.of("a", "b", "c", "d", "e")) {
      events.add(new Draft(id, true, 0, large, EventMeta.NONE));
    }

    assertPlaced(store.append(TOPIC, events, NOW), 1, 2, 3, 4, 5);
    assertThat(inserted).containsExactly(2, 2, 1);
  }

  private static void assertPlaced(List<Published> answer, long... seqs) {
    assertThat(answer.stream().mapToLong(Published::seq)).containsExactly(box(seqs));
    assertThat(answer).noneMatch(Published::duplicate);
  }

  private static Long[] box(long... seqs) {
    return java.util.Arrays.stream(seqs).boxed().toArray(Long[]::new);
  }

  private static RawBsonDocument copy(RawBsonDocument document) {
    byte[] bytes = new byte[document.getByteBuffer().remaining()];
    document.getByteBuffer().get(bytes);
    return new RawBsonDocument(bytes);
  }

  private static MongoBulkWriteException writeConcernError() {
    return new MongoBulkWriteException(
        BulkWriteResult.unacknowledged(),
        List.of(),
        new WriteConcernError(64, "WriteConcernFailed", "waited too long", new BsonDocument()),
        new ServerAddress("test"),
        Set.of());
  }
}
