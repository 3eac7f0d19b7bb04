package io.promlib.state;

import io.promlib.store.TopicSettings;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.store.memory.InMemoryLimits;
import io.promlib.testkit.ColdStartScenarios;
import io.promlib.testkit.CompactorCrashScenarios;
import io.promlib.testkit.CompactorScenarios;
import io.promlib.testkit.PastScenarios;
import io.promlib.testkit.StateRaceScenarios;
import io.promlib.testkit.StateViewScenarios;
import io.promlib.testkit.Stores;
import io.promlib.testkit.ViewTroubleScenarios;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;

/** State streams over the stores in memory. */
class InMemoryStateTest {

  private static Supplier<Stores> memory() {
    Stores stores = new Stores(new InMemoryEventStore(), new InMemoryGroupStore());
    return () -> stores;
  }

  @Nested
  class Compacting extends CompactorScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Crashing extends CompactorCrashScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Views extends StateViewScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class ColdStarts extends ColdStartScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Trouble extends ViewTroubleScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Past extends PastScenarios {
    @Override
    protected Supplier<Stores> stores() {
      return memory();
    }
  }

  @Nested
  class Racing extends StateRaceScenarios {
    @Override
    protected Supplier<Stores> stores() {
      InMemoryLimits limits =
          InMemoryLimits.defaults().budget(1L << 30).settings(TopicSettings.UNLIMITED);
      Stores stores = new Stores(new InMemoryEventStore(limits), new InMemoryGroupStore());
      return () -> stores;
    }

    @Override
    protected int events() {
      return 20_000;
    }
  }
}
