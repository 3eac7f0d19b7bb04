package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.testkit.CompactorCrashScenarios;
import io.promlib.testkit.CompactorScenarios;
import io.promlib.testkit.PastScenarios;
import io.promlib.testkit.StateRaceScenarios;
import io.promlib.testkit.StateViewScenarios;
import io.promlib.testkit.Stores;
import io.promlib.time.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

/** State streams over the stores on MongoDB, of which each process has its own. */
class MongoStateTest {
  /** Each step is a call to a server, which may share its machine with others. */
  private static final long SECONDS = 300;

  @Nested
  @Timeout(SECONDS)
  class Compacting extends CompactorScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return MongoEngineTest.mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Crashing extends CompactorCrashScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return MongoEngineTest.mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Views extends StateViewScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return MongoEngineTest.mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Past extends PastScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return MongoEngineTest.mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Racing extends StateRaceScenarios {
    private final Timing timing = Timing.system();
    private final List<MongoEventStore> opened = new ArrayList<>();

    @Override
    protected Supplier<Stores> stores() {
      MongoDatabase database = TestMongo.freshDatabase();
      return () -> {
        MongoEventStore events =
            MongoEventStore.builder(database).client(TestMongo.client()).build();
        opened.add(events);
        return new Stores(events, new MongoGroupStore(database, MongoNames.defaults(), timing));
      };
    }

    @Override
    protected int events() {
      return Boolean.getBoolean("prom.cluster.full") ? 2000 : 300;
    }

    @AfterEach
    void close() {
      opened.forEach(MongoEventStore::close);
      timing.close();
    }
  }
}
