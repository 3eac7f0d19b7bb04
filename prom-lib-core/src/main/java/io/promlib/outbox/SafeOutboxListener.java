package io.promlib.outbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws from the work that it hears of. */
record SafeOutboxListener(OutboxListener listener) implements OutboxListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeOutboxListener.class);

  @Override
  public void onPublished(OutboxRecord record) {
    tell(() -> listener.onPublished(record));
  }

  @Override
  public void onDropped(OutboxRecord record) {
    tell(() -> listener.onDropped(record));
  }

  @Override
  public void onFailed(OutboxRecord record, int attempts, Throwable error, boolean rests) {
    tell(() -> listener.onFailed(record, attempts, error, rests));
  }

  @Override
  public void onLost(OutboxRecord record) {
    tell(() -> listener.onLost(record));
  }

  @Override
  public void onError(Throwable error) {
    tell(() -> listener.onError(error));
  }

  private static void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("a listener failed", e);
    }
  }
}
