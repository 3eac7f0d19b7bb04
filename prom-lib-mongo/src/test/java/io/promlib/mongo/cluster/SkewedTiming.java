package io.promlib.mongo.cluster;

import io.promlib.time.Timing;
import java.time.Duration;
import java.time.InstantSource;

/** The machine's clocks, with a wall clock that is wrong. */
record SkewedTiming(Timing real, Duration skew) implements Timing {

  @Override
  public InstantSource wall() {
    return () -> real.wall().instant().plus(skew);
  }

  @Override
  public long nanos() {
    return real.nanos();
  }

  @Override
  public Alarm schedule(Runnable task, Duration delay) {
    return real.schedule(task, delay);
  }

  @Override
  public void close() {
    real.close();
  }
}
