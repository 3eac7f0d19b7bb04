package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static io.promlib.mongo.Events.event;
import static io.promlib.mongo.Events.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.Published;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An append at a place is tried once, whatever comes of it. */
@Timeout(180)
class AppendAtFaultsTest {
  private FaultyDatabase faults;
  private MongoEventStore store;
  private MongoEventStore other;

  @BeforeEach
  void open() {
    MongoDatabase database = TestMongo.freshDatabase();
    other = quiet(database).build();
    faults = new FaultyDatabase(database);
    store = quiet(database).build(faults);
    store.append(TOPIC, events("first", 2), NOW);
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
  void oneWhoseAnswerWasLostIsThrownAndMayBeThere() {
    faults.next(
        (documents, carryOut) -> {
          carryOut.run();
          throw FaultyDatabase.broken();
        });

    assertThatThrownBy(() -> store.appendAt(TOPIC, 2, events("a", 2), NOW))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(Events.ids(other, TOPIC)).containsExactly("first1", "first2", "a1", "a2");
    assertThat(store.appendAt(TOPIC, 2, events("b", 1), NOW)).isEmpty();
    assertThat(store.appendAt(TOPIC, 4, events("b", 1), NOW)).hasSize(1);
  }

  @Test
  void oneThatNeverArrivedIsThrownAndNotTriedAgain() {
    faults.next(
        (documents, carryOut) -> {
          throw FaultyDatabase.broken();
        });

    assertThatThrownBy(() -> store.appendAt(TOPIC, 2, events("a", 2), NOW))
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(Events.ids(other, TOPIC)).containsExactly("first1", "first2");
  }

  @Test
  void whereAnotherWasFasterNothingIsPlacedThoughTheTailWasKnown() {
    other.append(TOPIC, List.of(event("other")), NOW);

    assertThat(store.appendAt(TOPIC, 2, events("a", 2), NOW)).isEmpty();
    assertThat(Events.ids(other, TOPIC)).containsExactly("first1", "first2", "other");
  }

  @Test
  void whatStoodBeforeAPlaceThatWasTakenIsAnswered() {
    List<Draft> events = Stream.of("a", "first2", "b").map(Events::event).toList();

    assertThat(store.appendAt(TOPIC, 2, events, NOW))
        .extracting(Published::id)
        .containsExactly("a");
    assertThat(Events.ids(other, TOPIC)).containsExactly("first1", "first2", "a");
  }

  @Test
  void manyAreInsertedInPartsAndEndWhereAnotherCameBetween() {
    List<Draft> many = new ArrayList<>(events("a", 2500));
    faults.next((documents, carryOut) -> carryOut.run());
    faults.next(
        (documents, carryOut) -> {
          assertThat(other.append(TOPIC, List.of(event("other")), NOW)).hasSize(1);
          carryOut.run();
        });

    List<Published> placed = store.appendAt(TOPIC, 2, many, NOW);

    assertThat(placed).hasSize(1000);
    assertThat(Set.copyOf(placed.stream().map(Published::seq).toList())).hasSize(1000);
    assertThat(other.bounds(TOPIC).tail()).isEqualTo(1003);
  }
}
