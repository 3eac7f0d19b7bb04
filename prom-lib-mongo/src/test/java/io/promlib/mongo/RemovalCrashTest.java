package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Page;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that dies before any write of a removal; another one goes on. */
@Timeout(120)
class RemovalCrashTest {
  private static final int MOST_WRITES = 30;
  private static final long LATER = NOW + Duration.ofDays(3).toMillis();

  @Test
  void removingAPartCanStopAnywhere() {
    crashAnywhere(
        store -> store.removeBelow(TOPIC, 4),
        after -> {
          assertThat(Events.seqs(after, TOPIC)).containsExactly(4L, 5L, 6L);
          assertThat(after.bounds(TOPIC).first()).isEqualTo(4);
        });
  }

  @Test
  void removingEverythingCanStopAnywhere() {
    crashAnywhere(
        store -> store.removeBelow(TOPIC, 100),
        after -> {
          assertThat(Events.seqs(after, TOPIC)).isEmpty();
          assertThat(after.bounds(TOPIC).first()).isEqualTo(7);
          assertThat(after.extent(TOPIC).count()).isZero();
        });
  }

  @Test
  void removingSingleEventsCanStopAnywhere() {
    crashAnywhere(
        store -> store.remove(TOPIC, List.of(2L, 6L)),
        after -> {
          assertThat(Events.seqs(after, TOPIC)).containsExactly(1L, 3L, 4L, 5L);
          assertThat(after.extent(TOPIC).count()).isEqualTo(4);
        });
  }

  @Test
  void trimmingCanStopAnywhere() {
    long laterStill = LATER + Duration.ofMinutes(1).toMillis();
    crashAnywhere(
        store -> trim(store, store.topics().isEmpty() ? 0 : LATER),
        after -> {
          // The dead one's lease has run out.
          trim(after, laterStill);
          assertThat(Events.seqs(after, TOPIC)).containsExactly(5L, 6L);
          assertThat(after.bounds(TOPIC).first()).isEqualTo(5);
        });
  }

  private static void trim(MongoEventStore store, long now) {
    boolean more = true;
    while (more) {
      more = store.trim(TOPIC, Long.MAX_VALUE, now);
    }
  }

  /**
   * Lets the removal die before its first write, before its second, and so on; each time the topic
   * must be whole for others, and the removal carried out again must complete.
   */
  private static void crashAnywhere(
      Consumer<MongoEventStore> removal, Consumer<MongoEventStore> complete) {
    int writes = 0;
    boolean died = true;
    while (died) {
      assertThat(writes).isLessThan(MOST_WRITES);
      MongoDatabase database = TestMongo.freshDatabase();
      FaultyDatabase faults = new FaultyDatabase(database);
      try (MongoEventStore other = quiet(database).build();
          MongoEventStore dying = quiet(database).build(faults)) {
        other.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(2));
        other.append(TOPIC, Events.events("a", 6), NOW);

        faults.dieAfterWrites(writes++);
        died = dies(removal, dying);
        assertWhole(other);
        removal.accept(other);
        complete.accept(other);

        assertThat(other.append(TOPIC, Events.event("b"), LATER)).isNotNull();
        assertThat(other.bounds(TOPIC).tail()).isEqualTo(7);
        assertThat(Events.seqs(other, TOPIC)).endsWith(7L);
      }
    }
    // A removal that never wrote would have shown nothing.
    assertThat(writes).isGreaterThan(1);
  }

  private static boolean dies(Consumer<MongoEventStore> removal, MongoEventStore dying) {
    try {
      removal.accept(dying);
      return false;
    } catch (StoreUnavailableException dead) {
      return true;
    }
  }

  /** What is missing is below first, or was removed singly; the tail is where it was. */
  private static void assertWhole(MongoEventStore store) {
    Page page = store.read(TOPIC, 1, 100);
    assertThat(store.bounds(TOPIC).tail()).isEqualTo(6);
    assertThat(page.tail()).isEqualTo(6);
    long oldest = page.events().stream().mapToLong(EventRecord::seq).min().orElse(page.first());
    assertThat(oldest).isLessThanOrEqualTo(Math.max(page.first(), 2));
  }

  private static MongoEventStoreBuilder quiet(MongoDatabase database) {
    return MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE);
  }
}
