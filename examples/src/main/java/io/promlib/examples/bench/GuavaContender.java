package io.promlib.examples.bench;

import com.google.common.eventbus.AsyncEventBus;
import com.google.common.eventbus.Subscribe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Guava's {@link AsyncEventBus}, one for each topic, each with a single-thread executor, which
 * keeps the order.
 */
final class GuavaContender implements Contender {
  private final List<ExecutorService> executors = new ArrayList<>();
  private final List<AsyncEventBus> buses = new ArrayList<>();

  GuavaContender(Workload workload, Tally tally) {
    for (int topic = 0; topic < workload.topics(); topic++) {
      ExecutorService executor =
          Executors.newSingleThreadExecutor(
              task -> {
                Thread thread = new Thread(task, "guava");
                thread.setDaemon(true);
                return thread;
              });
      AsyncEventBus bus = new AsyncEventBus(executor);
      for (int group = 0; group < workload.groups(); group++) {
        bus.register(new Subscriber(tally, topic, group));
      }
      executors.add(executor);
      buses.add(bus);
    }
  }

  @Override
  public void publish(int topic, Sample sample) {
    buses.get(topic).post(sample);
  }

  @Override
  public void close() {
    executors.forEach(ExecutorService::shutdownNow);
  }

  /** Public with a public method, as the event bus finds it by reflection. */
  public static final class Subscriber {
    private final Tally tally;
    private final int topic;
    private final int group;

    Subscriber(Tally tally, int topic, int group) {
      this.tally = tally;
      this.topic = topic;
      this.group = group;
    }

    @Subscribe
    public void on(Sample sample) {
      tally.handled(topic, group, sample);
    }
  }
}
