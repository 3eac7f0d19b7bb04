package io.promlib.mongo;

import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxStore;
import io.promlib.testkit.OutboxStoreContract;

class MongoOutboxStoreTest extends OutboxStoreContract {
  private final String database = TestMongo.freshDatabase().getName();

  @Override
  protected OutboxStore open() {
    return MongoOutboxStore.builder(TestMongo.client(), database).wakeUps(WakeUp.NONE).build();
  }

  @Override
  protected OutboxStore openAgain() {
    return open();
  }
}
