package io.promlib.ws;

import java.util.concurrent.ThreadLocalRandom;

/** When clients that are sent away come back: spread, so that they do not come all at once. */
final class GoAways {
  private static final int LEAST_MILLIS = 100;
  private static final int SPREAD_MILLIS = 5000;

  private GoAways() {}

  static long reconnectMillis() {
    return (long) LEAST_MILLIS + ThreadLocalRandom.current().nextInt(SPREAD_MILLIS);
  }
}
