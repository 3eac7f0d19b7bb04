package io.promlib.examples.bench.hostile;

/** What may be spent in a while, at a steady rate; what is not spent within 100 ms is gone. */
final class Budget {
  private final double perNano;
  private final double most;
  private double free;
  private long at;

  Budget(double perSecond, long now) {
    perNano = perSecond / 1e9;
    most = perSecond / 10;
    at = now;
  }

  void refill(long now) {
    free = Math.min(most, free + (now - at) * perNano);
    at = now;
  }

  /** Whether anything is left; what is spent may be more, and is then made good for. */
  boolean isOpen() {
    return free > 0;
  }

  void spend(double amount) {
    free -= amount;
  }
}
