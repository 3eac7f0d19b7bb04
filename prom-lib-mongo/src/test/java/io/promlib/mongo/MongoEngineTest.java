package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import io.promlib.dedupe.DedupeStore;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.testkit.AdminScenarios;
import io.promlib.testkit.CrashScenarios;
import io.promlib.testkit.DeadLetterScenarios;
import io.promlib.testkit.DeliveryScenarios;
import io.promlib.testkit.GroupScenarios;
import io.promlib.testkit.ListenerScenarios;
import io.promlib.testkit.MistakeScenarios;
import io.promlib.testkit.OnceScenarios;
import io.promlib.testkit.OrderingScenarios;
import io.promlib.testkit.ProcessScenarios;
import io.promlib.testkit.PublishScenarios;
import io.promlib.testkit.RetentionScenarios;
import io.promlib.testkit.SlotScenarios;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TailScenarios;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

/** The bus's promises over the stores on MongoDB, of which each process has its own. */
class MongoEngineTest {
  /** Each step is a call to a server, which may share its machine with others. */
  private static final long SECONDS = 300;

  static Supplier<Stores> mongo(Timing clock) {
    MongoDatabase database = TestMongo.freshDatabase();
    LinkedStores linked = new LinkedStores();
    return () ->
        new Stores(
            linked.join(
                MongoEventStore.builder(database)
                    .client(TestMongo.client())
                    .timing(clock)
                    .dedupeWindow(Duration.ZERO)
                    .wakeUps(WakeUp.NONE)
                    .build()),
            new MongoGroupStore(database, MongoNames.defaults(), clock));
  }

  @Nested
  @Timeout(SECONDS)
  class Mistakes extends MistakeScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Publishing extends PublishScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Groups extends GroupScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Deliveries extends DeliveryScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Letters extends DeadLetterScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }

    @Override
    protected boolean keepsObjects() {
      return false;
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Orderings extends OrderingScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class SlotsOfKeys extends SlotScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Processes extends ProcessScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Administration extends AdminScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Retention extends RetentionScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Tails extends TailScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Crashes extends CrashScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class Listeners extends ListenerScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }
  }

  @Nested
  @Timeout(SECONDS)
  class OnceEach extends OnceScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return mongo(clock);
    }

    /* The server takes marks away by its own clock, which is years ahead of the test's. */
    @Override
    protected DedupeStore dedupe() {
      return MongoDedupeStore.builder(TestMongo.freshDatabase(), ORDERS.name(), GROUP)
          .retention(Duration.ofDays(3650))
          .build();
    }
  }
}
