package io.promlib.outbox;

import org.jspecify.annotations.Nullable;

/** What became of a claimed record, and why if it failed. */
record Fate(OutboxOutcome outcome, @Nullable Throwable error) {

  void tell(OutboxListener listener) {
    OutboxRecord record = outcome.claim().record();
    if (outcome instanceof OutboxOutcome.Sent) {
      if (record.dropped()) {
        listener.onDropped(record);
      } else {
        listener.onPublished(record);
      }
    } else if (error != null) {
      listener.onFailed(
          record, record.attempts() + 1, error, outcome instanceof OutboxOutcome.Failed);
    }
  }
}
