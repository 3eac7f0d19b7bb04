package io.promlib.bus;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** A live subscriber of a group. Closing it leaves the group where it stands. */
public interface Subscription extends AutoCloseable {

  String topic();

  String group();

  /** Starts nothing more until {@link #resume()}. Leases stay. */
  void pause();

  void resume();

  /** How many events are leased to this subscriber and neither acked nor lost. */
  int inFlight();

  /**
   * Acks several deliveries, those of this subscription's group as one step: that is quicker than
   * one by one, and as many more start together. Others, and those that something wrapped, are
   * acked by themselves. The results are in the same order, each as of {@link Delivery#ack()}.
   */
  List<AckResult> ack(List<? extends Delivery<?>> deliveries);

  /** Completes when no more is delivered, with the reason. */
  CompletionStage<EndReason> ended();

  /** Ends the subscription; what it has leased is handed back at once, uncounted. Idempotent. */
  @Override
  void close();

  /**
   * Ends the subscription as a crash would: what it has leased is redelivered, and counts as an
   * attempt.
   */
  void abandon();
}
