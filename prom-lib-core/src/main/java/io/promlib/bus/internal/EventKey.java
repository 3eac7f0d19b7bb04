package io.promlib.bus.internal;

import io.promlib.store.Unfinished;

/**
 * Which event of a group: its position and, where it is redriven, that of its dead letter (else 0).
 */
record EventKey(long seq, long letter) {

  static EventKey of(Unfinished event) {
    return new EventKey(event.seq(), event.letter());
  }
}
