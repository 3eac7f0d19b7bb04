package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.store.EventStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** How much a list of dead letters reads. */
class LettersReadTest extends EngineScenarios {
  private final InMemoryEventStore real = new InMemoryEventStore();
  private final List<Integer> reads = new ArrayList<>();

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(noting(), new InMemoryGroupStore());
    return () -> stores;
  }

  private EventStore noting() {
    return (EventStore)
        Proxy.newProxyInstance(
            EventStore.class.getClassLoader(),
            new Class<?>[] {EventStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("read")) {
                reads.add((Integer) arguments[2]);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void giveUp(int count) {
    publishMany(count);
    subscribe(manual(), new Received().then(delivery -> delivery.terminate("of no use")));
    run();
    assertThat(letters()).hasSize(count);
    reads.clear();
  }

  @Test
  void aListReadsAsManyAsItShows() {
    giveUp(300);
    assertThat(bus().admin().deadLetters(ORDERS.name()).list(1, 20)).hasSize(20);
    assertThat(reads).containsExactly(20);
    reads.clear();
    assertThat(bus().admin().deadLetters(ORDERS.name()).list(1, 290)).hasSize(290);
    assertThat(reads).containsExactly(256, 34);
  }

  @Test
  void aListReadsOnForThoseThatItHides() {
    giveUp(5);
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    assertThat(box.redrive(letters().get(0).id())).isTrue();
    reads.clear();
    assertThat(box.list(1, 3)).extracting(DeadLetter::seq).containsExactly(2L, 3L, 4L);
    assertThat(reads).containsExactly(3, 1);
  }
}
