package io.promlib.mongo;

import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.EventStore;
import io.promlib.testkit.EventStoreContract;

class MongoEventStoreTest extends EventStoreContract {
  @Override
  protected EventStore create() {
    return MongoEventStore.builder(TestMongo.freshDatabase()).client(TestMongo.client()).build();
  }
}
