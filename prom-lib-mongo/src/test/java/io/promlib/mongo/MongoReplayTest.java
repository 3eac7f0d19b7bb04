package io.promlib.mongo;

import io.promlib.testkit.ReplayScenarios;
import io.promlib.testkit.Stores;
import java.util.function.Supplier;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class MongoReplayTest extends ReplayScenarios {
  @Override
  protected Supplier<Stores> stores() {
    return MongoEngineTest.mongo(clock);
  }
}
