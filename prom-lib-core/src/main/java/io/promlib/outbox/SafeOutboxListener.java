package io.promlib.outbox;

import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, and keeps what one throws from the others and from the work it hears of. */
record SafeOutboxListener(List<OutboxListener> listeners) implements OutboxListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeOutboxListener.class);

  @Override
  public void onPublished(OutboxRecord record) {
    tell(listener -> listener.onPublished(record));
  }

  @Override
  public void onDropped(OutboxRecord record) {
    tell(listener -> listener.onDropped(record));
  }

  @Override
  public void onFailed(OutboxRecord record, int attempts, Throwable error, boolean rests) {
    tell(listener -> listener.onFailed(record, attempts, error, rests));
  }

  @Override
  public void onLost(OutboxRecord record) {
    tell(listener -> listener.onLost(record));
  }

  @Override
  public void onError(Throwable error) {
    tell(listener -> listener.onError(error));
  }

  private void tell(Consumer<OutboxListener> call) {
    for (OutboxListener listener : listeners) {
      try {
        call.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener failed", e);
      }
    }
  }
}
