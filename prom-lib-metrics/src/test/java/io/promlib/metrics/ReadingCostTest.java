package io.promlib.metrics;

import static io.promlib.metrics.Bench.ORDERS;
import static io.promlib.metrics.Bench.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.event.Topic;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.HandTurnedWorkers;
import io.promlib.testkit.ManualClock;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a scrape asks of the stores. */
class ReadingCostTest {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final ManualClock clock = new ManualClock();
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private final EventStore events = counted(EventStore.class, new InMemoryEventStore());
  private final GroupStore groups = counted(GroupStore.class, new InMemoryGroupStore());
  private final EventBus bus =
      EventBus.builder()
          .stores(events, groups)
          .closing(events, groups)
          .timing(clock)
          .workers(workers)
          .build();
  private final PrometheusMetrics metrics =
      PrometheusMetrics.builder().clock(clock.wall()).readWait(Duration.ofMinutes(1)).build();

  @AfterEach
  void close() {
    metrics.close();
    bus.close();
  }

  @Test
  void aTopicCostsTwoCallsAndEachPositionThatGroupsAreBehindAtOneMore() {
    Topic<String> alone = Topic.of("alone", String.class);
    metrics.watch(bus);
    for (int i = 0; i < 3; i++) {
      bus.publish(ORDERS, "an order");
    }
    for (int i = 0; i < 200; i++) {
      // Two of five are at the tail, the others one behind.
      var start = new StartAt.AfterSeq(i % 5 < 2 ? 3 : 2);
      bus.subscribe(ORDERS, "group-" + i, options().startAt(start).build(), delivery -> {}).pause();
    }
    bus.subscribe(alone, "single", delivery -> {});
    workers.runAll();
    calls.clear();
    metrics.scrape(null);
    assertThat(calls)
        .containsExactlyInAnyOrder("list", "bounds", "load", "bounds", "loadAll", "read");
  }

  private <S> S counted(Class<S> type, S store) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
