package io.promlib.mongo.cluster;

import io.promlib.bus.EventBus;
import io.promlib.mongo.MongoEventBus;
import io.promlib.time.Timing;

/** Opens the bus that the processes of a test share. */
final class SharedBus {
  private SharedBus() {}

  static EventBus open(Settings settings) {
    Timing timing = new SkewedTiming(Timing.system(), settings.millis("skew"));
    return MongoEventBus.builder(settings.text("uri"))
        .timing(timing)
        .claimLease(settings.millis("claimLease"))
        .open();
  }
}
