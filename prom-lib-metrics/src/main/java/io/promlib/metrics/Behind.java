package io.promlib.metrics;

/**
 * How far groups are behind.
 *
 * @param oldestSeconds age of the oldest event that is not done; NaN if it is unknown
 */
record Behind(long lag, long inFlight, double oldestSeconds) {

  /** Of both together: the sums, and the higher age. */
  Behind and(Behind that) {
    double oldest =
        Double.isNaN(oldestSeconds)
            ? that.oldestSeconds
            : Double.isNaN(that.oldestSeconds)
                ? oldestSeconds
                : Math.max(oldestSeconds, that.oldestSeconds);
    return new Behind(lag + that.lag, inFlight + that.inFlight, oldest);
  }
}
