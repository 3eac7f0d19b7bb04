package io.promlib.bus.internal;

import io.promlib.bus.BusListener;
import io.promlib.event.EventRecord;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws from the work that it hears of. */
public record SafeListener(BusListener listener) implements BusListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeListener.class);

  @Override
  public void onPublish(EventRecord event, Duration took) {
    tell(() -> listener.onPublish(event, took));
  }

  @Override
  public void onDeliver(String group, EventRecord event, int attempt) {
    tell(() -> listener.onDeliver(group, event, attempt));
  }

  @Override
  public void onAck(String group, EventRecord event) {
    tell(() -> listener.onAck(group, event));
  }

  @Override
  public void onHandled(String group, EventRecord event, Duration took) {
    tell(() -> listener.onHandled(group, event, took));
  }

  @Override
  public void onNack(String group, EventRecord event, int attempt, String reason) {
    tell(() -> listener.onNack(group, event, attempt, reason));
  }

  @Override
  public void onExpire(String group, EventRecord event, int attempt) {
    tell(() -> listener.onExpire(group, event, attempt));
  }

  @Override
  public void onDeadLetter(String group, EventRecord event, int attempts, String reason) {
    tell(() -> listener.onDeadLetter(group, event, attempts, reason));
  }

  @Override
  public void onSkip(String topic, String group, long from, long to) {
    tell(() -> listener.onSkip(topic, group, from, to));
  }

  @Override
  public void onError(String topic, String group, Throwable error) {
    tell(() -> listener.onError(topic, group, error));
  }

  private static void tell(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("a listener failed", e);
    }
  }
}
