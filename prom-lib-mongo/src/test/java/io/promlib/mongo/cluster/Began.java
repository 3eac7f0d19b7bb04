package io.promlib.mongo.cluster;

import io.promlib.bus.Delivery;

/** Notes the start of a handler. */
final class Began {
  private Began() {}

  static void note(Journal journal, String group, long run, Delivery<String> delivery) {
    journal.note(
        Note.Kind.BEGAN,
        group,
        run,
        delivery.record().seq(),
        delivery.record().id(),
        delivery.record().key(),
        delivery.attempt());
    if (delivery.leaseLost()) {
      // This process stood still between the start of the lease and the note.
      journal.note(Note.Kind.LATE, group, run);
    }
  }
}
