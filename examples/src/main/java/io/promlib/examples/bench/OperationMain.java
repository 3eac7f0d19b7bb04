package io.promlib.examples.bench;

import java.util.function.BooleanSupplier;

/** Measures one operation in the JVM that the benchmark started for it: its name, and seconds. */
public final class OperationMain {
  static final String PREFIX = "NANOS ";

  private static final int BATCH = 100;

  private OperationMain() {}

  public static void main(String[] line) throws Exception {
    BooleanSupplier operation = Operation.valueOf(line[0]).make();
    long nanos = Long.parseLong(line[1]) * 1_000_000_000L;
    measure(operation, nanos);
    System.out.println(PREFIX + measure(operation, nanos));
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static double measure(BooleanSupplier operation, long nanos) {
    long begun = System.nanoTime();
    long done = 0;
    long held = 0;
    long taken = 0;
    while (taken < nanos) {
      for (int i = 0; i < BATCH; i++) {
        held += operation.getAsBoolean() ? 1 : 0;
      }
      done += BATCH;
      taken = System.nanoTime() - begun;
    }
    if (held == 0) {
      throw new IllegalStateException("the operation never held");
    }
    return (double) taken / done;
  }
}
