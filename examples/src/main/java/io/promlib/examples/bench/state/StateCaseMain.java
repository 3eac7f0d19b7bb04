package io.promlib.examples.bench.state;

import io.promlib.bus.EventBus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures one case in the JVM that the benchmark started for it: its name, events, keys, seconds.
 */
public final class StateCaseMain {
  static final String PREFIX = "NANOS ";

  private static final int LEAST = 3;

  private StateCaseMain() {}

  public static void main(String[] line) {
    StateCase one = StateCase.valueOf(line[0]);
    int keys = Integer.parseInt(line[2]);
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(line[3]));
    try (EventBus bus = one.ground(Integer.parseInt(line[1]), keys)) {
      double unused = median(one, bus, keys, nanos);
      System.out.println(PREFIX + median(one, bus, keys, nanos));
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static double median(StateCase one, EventBus bus, int keys, long nanos) {
    List<Long> taken = new ArrayList<>();
    long begun = System.nanoTime();
    while (taken.size() < LEAST || System.nanoTime() - begun < nanos) {
      long from = System.nanoTime();
      int found = one.start(bus);
      taken.add(System.nanoTime() - from);
      if (found != keys) {
        throw new IllegalStateException(found + " keys were found, not " + keys);
      }
    }
    return taken.stream().sorted().toList().get(taken.size() / 2);
  }
}
