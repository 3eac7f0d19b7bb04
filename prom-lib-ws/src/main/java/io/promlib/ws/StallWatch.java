package io.promlib.ws;

import java.time.Duration;

/** Tells when a connection with much queued reads nothing for too long. */
final class StallWatch {
  private final Duration patience;
  private final Alarms alarms;
  private final Outbox out;
  private final Runnable onStall;

  StallWatch(Duration patience, Alarms alarms, Outbox out, Runnable onStall) {
    this.patience = patience;
    this.alarms = alarms;
    this.out = out;
    this.onStall = onStall;
  }

  /** Too much is queued. */
  void begin() {
    long before = out.written();
    alarms.set(Alarms.Kind.STALL, () -> check(before), patience);
  }

  /** There is room again. */
  void end() {
    alarms.cancel(Alarms.Kind.STALL);
  }

  private void check(long before) {
    if (!out.isCrowded()) {
      return;
    }
    if (out.written() == before) {
      onStall.run();
    } else {
      begin();
    }
  }
}
