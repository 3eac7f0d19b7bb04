package io.promlib.bus;

import io.promlib.dedupe.DedupeStore;
import io.promlib.dedupe.InMemoryDedupeStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
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
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;

/** The bus's promises over the stores in memory. */
class InMemoryEngineTest {

  static Supplier<Stores> memory() {
    Stores stores = new Stores(new InMemoryEventStore(), new InMemoryGroupStore());
    return () -> stores;
  }

  @Nested
  class Mistakes extends MistakeScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Publishing extends PublishScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Groups extends GroupScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Deliveries extends DeliveryScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Letters extends DeadLetterScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Orderings extends OrderingScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Processes extends ProcessScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class SlotsOfKeys extends SlotScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Administration extends AdminScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Retention extends RetentionScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Tails extends TailScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Crashes extends CrashScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Listeners extends ListenerScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class OnceEach extends OnceScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }

    @Override
    protected DedupeStore dedupe() {
      return new InMemoryDedupeStore();
    }
  }
}
