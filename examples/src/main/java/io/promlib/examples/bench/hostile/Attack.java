package io.promlib.examples.bench.hostile;

import java.nio.ByteBuffer;

/**
 * What one hostile connection does: it sends {@code opening} when it is connected, then {@code
 * again} over and over at its pace.
 */
record Attack(ByteBuffer opening, ByteBuffer again, Pace pace, Reading reading) {

  static Attack of(byte[] opening, byte[] again, Pace pace, Reading reading) {
    return new Attack(
        ByteBuffer.wrap(opening).asReadOnlyBuffer(),
        ByteBuffer.wrap(again).asReadOnlyBuffer(),
        pace,
        reading);
  }

  /** How often {@link Attack#again} is sent. */
  enum Pace {
    NEVER,
    /** A byte each second. */
    TRICKLE,
    /** Twenty-five times a second. */
    STEADY,
    /** Frames by {@link Attacks#BURST}, out of what all flooding connections may send together. */
    FLOOD,
    /** The whole of it, out of the bytes that all such connections may send together. */
    BULK
  }

  /** What is done with what the gateway sends. */
  enum Reading {
    ALL,
    /** A byte each tenth of a second. */
    TRICKLE,
    NOTHING
  }
}
