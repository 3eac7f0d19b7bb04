package io.promlib.examples.bench;

import java.util.Arrays;
import java.util.Optional;

/** One way to hand events from publishers to groups. */
interface Contender extends AutoCloseable {

  /**
   * Hands an event over; called by one thread per publisher, which has bounded what is in flight.
   */
  void publish(int topic, Sample sample) throws InterruptedException;

  /** Says what is wrong if something is, once everything published was handled. */
  default void verify() {}

  @Override
  void close();

  /** The contenders by the name that the command line gives them. */
  enum Kind {
    BUS("bus", false),
    QUEUE("queue", true),
    GUAVA("guava", false),
    DISRUPTOR("disruptor", true);

    private final String label;
    private final boolean bounded;

    Kind(String label, boolean bounded) {
      this.label = label;
      this.bounded = bounded;
    }

    /** Whether its publish waits by itself when as much is in flight as the workload allows. */
    boolean bounded() {
      return bounded;
    }

    String label() {
      return label;
    }

    static Optional<Kind> ofLabel(String label) {
      return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }

    Contender start(Workload workload, Tally tally) {
      return switch (this) {
        case BUS -> new BusContender(workload, tally);
        case QUEUE -> new QueueContender(workload, tally);
        case GUAVA -> new GuavaContender(workload, tally);
        case DISRUPTOR -> new DisruptorContender(workload, tally);
      };
    }
  }
}
