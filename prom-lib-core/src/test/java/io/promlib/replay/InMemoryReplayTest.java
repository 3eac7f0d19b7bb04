package io.promlib.replay;

import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ReplayScenarios;
import io.promlib.testkit.Stores;
import java.util.function.Supplier;

class InMemoryReplayTest extends ReplayScenarios {
  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), new InMemoryGroupStore());
    return () -> stores;
  }
}
