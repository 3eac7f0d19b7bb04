package io.promlib.bus.internal;

import io.promlib.bus.BusListener;
import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, and keeps what one throws from the others and from the work it hears of. */
public record SafeListener(List<BusListener> listeners) implements BusListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeListener.class);

  @Override
  public void onPublish(EventRecord event, Duration took) {
    tell(listener -> listener.onPublish(event, took));
  }

  @Override
  public void onDeliver(String group, EventRecord event, int attempt) {
    tell(listener -> listener.onDeliver(group, event, attempt));
  }

  @Override
  public void onAck(String group, EventRecord event) {
    tell(listener -> listener.onAck(group, event));
  }

  @Override
  public void onHandled(String group, EventRecord event, Duration took) {
    tell(listener -> listener.onHandled(group, event, took));
  }

  @Override
  public void onNack(String group, EventRecord event, int attempt, String reason) {
    tell(listener -> listener.onNack(group, event, attempt, reason));
  }

  @Override
  public void onExpire(String group, EventRecord event, int attempt) {
    tell(listener -> listener.onExpire(group, event, attempt));
  }

  @Override
  public void onDeadLetter(String group, EventRecord event, int attempts, String reason) {
    tell(listener -> listener.onDeadLetter(group, event, attempts, reason));
  }

  @Override
  public void onSkip(String topic, String group, long from, long to) {
    tell(listener -> listener.onSkip(topic, group, from, to));
  }

  @Override
  public void onError(String topic, String group, Throwable error) {
    tell(listener -> listener.onError(topic, group, error));
  }

  private void tell(Consumer<BusListener> call) {
    for (BusListener listener : listeners) {
      try {
        call.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener failed", e);
      }
    }
  }
}
