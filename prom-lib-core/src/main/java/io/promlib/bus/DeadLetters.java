package io.promlib.bus;

import java.util.List;

/** The dead letters of one topic, in the topic {@code dlq.<topic>}. */
public interface DeadLetters {
  /**
   * At most {@code limit} letters from position {@code from} of the dead-letter topic on; redriven
   * ones are hidden.
   */
  List<DeadLetter> list(long from, int limit);

  /**
   * Delivers the event again to the group that it failed in, from the letter's copy. The letter is
   * hidden at once and deleted when the event is done. Tells whether there is such a letter and it
   * was not redriven before.
   */
  boolean redrive(String letterId);

  /** Deletes a letter; tells whether there was one. One that is being redriven stays. */
  boolean drop(String letterId);
}
