package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import io.promlib.testkit.EventStoreContract;
import java.util.List;
import org.junit.jupiter.api.Test;

class MongoEventStoreTest extends EventStoreContract {
  @Override
  protected void assumeOrderOfUtf8() {
    TestMongo.assumeReal("the stand-in orders text by its UTF-16");
  }

  @Override
  protected EventStore create() {
    return MongoEventStore.builder(TestMongo.freshDatabase()).client(TestMongo.client()).build();
  }

  @Test
  void aPageOfLargeEventsIsCutAndEndsWithItsLastEvent() {
    Payload large = Payload.json('"' + "x".repeat(1 << 20) + '"');
    try (EventStore store = create()) {
      for (int i = 1; i <= 12; i++) {
        store.append(TOPIC, List.of(new Draft("e" + i, true, 0, large, EventMeta.NONE)), NOW);
      }

      Page page = store.read(TOPIC, 1, 100);

      assertThat(page.events()).hasSize(8);
      assertThat(page.tail()).isEqualTo(8);
      assertThat(store.read(TOPIC, 9, 100).events()).hasSize(4);
    }
  }
}
