package io.promlib.store.memory;

import io.promlib.store.EventStore;
import io.promlib.testkit.EventStoreContract;

class InMemoryEventStoreTest extends EventStoreContract {
  @Override
  protected EventStore create() {
    return new InMemoryEventStore();
  }
}
