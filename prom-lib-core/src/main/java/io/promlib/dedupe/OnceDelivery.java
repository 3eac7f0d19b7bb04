package io.promlib.dedupe;

import io.promlib.PromException;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.ForwardingDelivery;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The delivery of an event that was begun: whatever settles it first tells the store before. */
final class OnceDelivery<T> extends ForwardingDelivery<T> {
  /*
   * The store hears first, so that a crash between the two leaves a delivery that is repeated: of a done event it is
   * acked, of an abandoned one it is the next attempt. The other way round, a crash would leave an event that is acked
   * and not done, which is harmless, or one that was nacked and is held back for the rest of a lease.
   *
   * A store that fails at the end changes nothing about what the bus is told. The handler did its work, so the event is
   * acked: another attempt would do it twice. One that is to be tried again is, when the lease ran out.
   */
  private static final Logger LOG = LoggerFactory.getLogger(OnceDelivery.class);

  private final DedupeStore store;
  private final String token;
  private final Timing timing;
  private final AtomicBoolean settled = new AtomicBoolean();

  OnceDelivery(Delivery<T> delivery, DedupeStore store, String token, Timing timing) {
    super(delivery);
    this.store = store;
    this.token = token;
    this.timing = timing;
  }

  boolean isSettled() {
    return settled.get();
  }

  /** The handler threw, or its stage failed. */
  void failed() {
    abandon();
  }

  @Override
  public AckResult ack() {
    complete();
    return super.ack();
  }

  @Override
  public CompletionStage<AckResult> ackDurably() {
    complete();
    return super.ackDurably();
  }

  @Override
  public AckResult nack(String reason) {
    abandon();
    return super.nack(reason);
  }

  @Override
  public AckResult nack(String reason, Duration delay) {
    abandon();
    return super.nack(reason, delay);
  }

  @Override
  public AckResult handBack(Duration after) {
    abandon();
    return super.handBack(after);
  }

  @Override
  public AckResult terminate(String reason) {
    abandon();
    return super.terminate(reason);
  }

  private void complete() {
    if (settled.getAndSet(true)) {
      return;
    }
    try {
      if (!store.complete(record().id(), token, timing.millis())) {
        LOG.warn(
            "{} took longer than its lease and was begun elsewhere: its effects may be there twice;"
                + " give it a longer lease",
            this);
      }
    } catch (PromException e) {
      LOG.warn("{} is handled, but that is not remembered", this, e);
    }
  }

  private void abandon() {
    if (settled.getAndSet(true)) {
      return;
    }
    try {
      store.abandon(record().id(), token);
    } catch (PromException e) {
      LOG.warn("{} is not handled, which is known only when its lease has run out", this, e);
    }
  }
}
