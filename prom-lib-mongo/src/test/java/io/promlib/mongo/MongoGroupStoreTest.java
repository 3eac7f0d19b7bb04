package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Unfinished;
import io.promlib.testkit.GroupStoreContract;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import org.bson.Document;
import org.junit.jupiter.api.Test;

class MongoGroupStoreTest extends GroupStoreContract {
  private static final MongoNames NAMES = MongoNames.defaults();
  private static final GroupKey GROUP = new GroupKey("orders", "mailer");

  private final MongoDatabase database = TestMongo.freshDatabase();
  private final ManualClock clock = new ManualClock();

  @Override
  protected GroupStore create() {
    return new MongoGroupStore(database, NAMES, clock, Duration.ofSeconds(60));
  }

  @Test
  void whatOneInstanceWritesAnotherReadsAndIsHeldTo() {
    GroupStore one = create();
    GroupStore other = create();
    Versioned made = one.compareAndSet(GROUP, null, at(5)).orElseThrow();

    assertThat(other.load(GROUP)).hasValue(made);
    assertThat(other.compareAndSet(GROUP, null, at(9))).isEmpty();
    Versioned next = other.compareAndSet(GROUP, made.version(), at(6)).orElseThrow();
    assertThat(one.compareAndSet(GROUP, made.version(), at(7))).isEmpty();
    assertThat(one.delete(GROUP, made.version())).isFalse();
    assertThat(one.load(GROUP)).hasValue(next);
    assertThat(one.delete(GROUP, next.version())).isTrue();
    assertThat(other.load(GROUP)).isEmpty();
    assertThat(other.list()).isEmpty();
  }

  @Test
  void settingsThatAGroupDoesWithoutAreGoneFromItsDocument() {
    GroupStore store = create();
    GroupSettings mortal =
        new GroupSettings(
            GroupSettings.DEFAULT.ordering(),
            new Filter.Named("large"),
            5,
            GroupSettings.DEFAULT.backoff(),
            Duration.ofNanos(1_500_001));
    Version made =
        store.compareAndSet(GROUP, null, GroupState.starting(mortal, 1, 0)).orElseThrow().version();
    assertThat(document()).containsKeys("filter", "expireAfter", "expires");
    store.compareAndSet(GROUP, made, at(2));

    assertThat(document()).doesNotContainKeys("filter", "expireAfter", "expires");
  }

  @Test
  void theDocumentNamesTheEventAtTheFloor() {
    event(1, "first", 100);
    event(3, "third", 300);
    GroupStore store = create();
    Version version = store.compareAndSet(GROUP, null, at(1)).orElseThrow().version();
    assertThat(document()).doesNotContainKeys("lastId", "lastTs");

    store.compareAndSet(GROUP, version, at(4));
    assertThat(document()).containsEntry("lastId", "third").containsEntry("lastTs", 300L);
  }

  @Test
  void anEventAtTheFloorThatWasRemovedLeavesTheOneBefore() {
    event(1, "first", 100);
    create().compareAndSet(GROUP, null, at(3));

    assertThat(document()).containsEntry("lastId", "first").containsEntry("seq", 2L);
  }

  @Test
  void whileAGroupIsAtWorkTheEventIsLookedUpOnceASecond() {
    for (int seq = 1; seq <= 9; seq++) {
      event(seq, "e" + seq, seq);
    }
    GroupStore store = create();
    Version version = store.compareAndSet(GROUP, null, busy(2)).orElseThrow().version();
    assertThat(document()).containsEntry("lastId", "e1");
    version = store.compareAndSet(GROUP, version, busy(3)).orElseThrow().version();
    assertThat(document()).containsEntry("lastId", "e1").containsEntry("seq", 2L);
    clock.advance(Duration.ofSeconds(1));
    version = store.compareAndSet(GROUP, version, busy(4)).orElseThrow().version();
    assertThat(document()).containsEntry("lastId", "e3");
    store.compareAndSet(GROUP, version, at(5));
    assertThat(document()).containsEntry("lastId", "e4");
  }

  private void event(long seq, String id, long ts) {
    database
        .getCollection(NAMES.events())
        .insertOne(
            new Document("_id", "orders::" + id)
                .append("topic", "orders")
                .append("id", id)
                .append("seq", seq)
                .append("ts", ts));
  }

  private Document document() {
    return database.getCollection(NAMES.cursors()).find().first();
  }

  private static GroupState at(long next) {
    return GroupState.starting(GroupSettings.DEFAULT, next, 0);
  }

  /** With one event under way. */
  private static GroupState busy(long next) {
    return new GroupState(
        GroupSettings.DEFAULT, next + 1, List.of(), List.of(Unfinished.fresh(next, 0)), 0, 0, 0);
  }
}
