package io.promlib.mongo;

import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.EventStore;
import io.promlib.testkit.EventStoreContract;

/** A host that gives no client, so that there are no sessions. */
class SessionlessEventStoreTest extends EventStoreContract {
  @Override
  protected void assumeOrderOfUtf8() {
    TestMongo.assumeReal("the stand-in orders text by its UTF-16");
  }

  @Override
  protected EventStore create() {
    return MongoEventStore.builder(TestMongo.freshDatabase()).build();
  }
}
