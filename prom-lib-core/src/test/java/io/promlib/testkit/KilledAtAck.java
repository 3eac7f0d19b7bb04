package io.promlib.testkit;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.ForwardingDelivery;

/** A delivery whose process is killed when it is to be acked, so that the ack is lost. */
public final class KilledAtAck extends ForwardingDelivery<String> {
  private final TestProcess process;

  public KilledAtAck(Delivery<String> delivery, TestProcess process) {
    super(delivery);
    this.process = process;
  }

  @Override
  public AckResult ack() {
    process.kill();
    throw new IllegalStateException("killed by the test");
  }
}
