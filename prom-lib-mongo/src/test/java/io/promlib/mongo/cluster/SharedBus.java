package io.promlib.mongo.cluster;

import io.promlib.bus.EventBus;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoEventBusBuilder;
import io.promlib.time.Timing;
import java.time.Duration;

/** Opens the bus that the processes of a test share. */
final class SharedBus {
  private SharedBus() {}

  static EventBus open(Settings settings) {
    MongoEventBusBuilder builder =
        MongoEventBus.builder(settings.text("uri"))
            .bus(bus -> bus.claimLease(settings.millis("claimLease")));
    Duration skew = settings.millis("skew");
    if (!skew.isZero()) {
      // This process ends before anybody could close the clock.
      builder.timing(new SkewedTiming(Timing.system(), skew));
    }
    return builder.open();
  }
}
