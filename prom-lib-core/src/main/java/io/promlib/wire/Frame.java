package io.promlib.wire;

import org.jspecify.annotations.Nullable;

/** One message over a connection: a JSON object whose {@code op} says which. */
public sealed interface Frame permits ClientFrame, ServerFrame {
  /** The longest {@code corr}, in characters. */
  int MAX_CORR = 64;

  /** The most ids in one ACK, NACK, MODACK or TERM. */
  int MAX_IDS = 1000;

  /** The most events that a SUBSCRIBE may ask for in one EVENTS. */
  int MAX_BATCH = 1000;

  /** The frame's name on the wire, in upper case. */
  String op();

  static void checkCorr(@Nullable String corr) {
    if (corr != null && corr.length() > MAX_CORR) {
      throw new IllegalArgumentException(
          "corr must have at most " + MAX_CORR + " characters, has " + corr.length());
    }
  }
}
