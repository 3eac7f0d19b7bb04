package io.promlib.outbox;

/** Ends a simulated process wherever it stands. */
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash(String where) {
    super(where, null, false, false);
  }
}
