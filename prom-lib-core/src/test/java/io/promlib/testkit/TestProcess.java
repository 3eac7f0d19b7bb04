package io.promlib.testkit;

import io.promlib.bus.EventBus;
import io.promlib.bus.EventBusBuilder;
import io.promlib.time.Timing;
import java.util.function.UnaryOperator;

/** A bus that stands for a process: its workers run, and die, at a test's word. */
public final class TestProcess {
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private final RecordingListener heard = new RecordingListener();
  private final Stores stores;
  private final EventBus bus;

  TestProcess(Stores stores, Timing clock, UnaryOperator<EventBusBuilder> more) {
    this.stores = stores;
    this.bus =
        more.apply(
                EventBus.builder()
                    .stores(stores.events(), stores.groups())
                    .timing(clock)
                    .workers(workers)
                    .listener(heard))
            .build();
  }

  public EventBus bus() {
    return bus;
  }

  public Stores stores() {
    return stores;
  }

  public HandTurnedWorkers workers() {
    return workers;
  }

  /** What its bus told its listener. */
  public RecordingListener heard() {
    return heard;
  }

  /** As {@code kill -9}: from now on it does nothing, and gives nothing back. */
  public void kill() {
    workers.kill();
  }
}
