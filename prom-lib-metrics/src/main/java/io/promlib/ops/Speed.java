package io.promlib.ops;

/** How fast a count grows, smoothed over some fifteen seconds. */
final class Speed {
  private static final double SMOOTHED_NANOS = 15e9;

  private long lastCount = -1;
  private long lastNanos;
  private double perSecond = -1;
  private long grown;

  /** Notes the count; one that went back begins anew. */
  synchronized void note(long count, long nanos) {
    long passed = nanos - lastNanos;
    grown = lastCount < 0 ? 0 : Math.max(0, count - lastCount);
    if (lastCount >= 0 && count >= lastCount && passed > 0) {
      double now = grown * 1e9 / passed;
      double weight = perSecond < 0 ? 1 : 1 - Math.exp(-passed / SMOOTHED_NANOS);
      perSecond = Math.max(0, perSecond) + (now - Math.max(0, perSecond)) * weight;
    }
    lastCount = count;
    lastNanos = nanos;
  }

  /** With two digits behind the point. */
  synchronized double perSecond() {
    return perSecond < 0.005 ? 0 : Math.round(perSecond * 100) / 100.0;
  }

  /** By how much it grew between the last two notes. */
  synchronized long grown() {
    return grown;
  }
}
