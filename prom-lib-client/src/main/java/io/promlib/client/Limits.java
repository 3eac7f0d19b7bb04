package io.promlib.client;

import java.time.Duration;

/** Checks of settings, with messages that name the setting and its range. */
final class Limits {
  private Limits() {}

  static long between(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " must be from " + least + " to " + most + ", is " + value);
    }
    return value;
  }

  static Duration between(String what, Duration value, long leastMillis, long mostMillis) {
    if (value.compareTo(Duration.ofMillis(leastMillis)) < 0
        || value.compareTo(Duration.ofMillis(mostMillis)) > 0) {
      throw new IllegalArgumentException(
          what + " must be from " + leastMillis + " to " + mostMillis + ", is " + value);
    }
    return value;
  }
}
