package io.promlib.ws;

import java.util.concurrent.ThreadLocalRandom;

/** When clients that are sent away come back: spread, so that they do not come all at once. */
final class GoAways {
  private static final int LEAST_MILLIS = 100;
  private static final int LEAST_SPREAD_MILLIS = 1000;
  private static final int MILLIS_A_CLIENT = 2;
  private static final int SPREAD_MILLIS = 5000;

  private GoAways() {}

  /**
   * When the {@code index}th of so many clients, from 0, is to come back: each has a span of its
   * own, of 2 ms or more, and comes at a random time within it.
   */
  static long reconnectMillis(int index, int clients) {
    long spread = Math.max(LEAST_SPREAD_MILLIS, (long) MILLIS_A_CLIENT * clients);
    long from = spread * index / clients;
    long to = spread * (index + 1) / clients;
    return LEAST_MILLIS + ThreadLocalRandom.current().nextLong(from, to);
  }

  /** When one is to come back that does not know of the others. */
  static long reconnectMillis() {
    return (long) LEAST_MILLIS + ThreadLocalRandom.current().nextInt(SPREAD_MILLIS);
  }
}
