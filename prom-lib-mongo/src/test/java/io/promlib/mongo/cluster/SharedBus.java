package io.promlib.mongo.cluster;

import com.mongodb.ConnectionString;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import io.promlib.bus.EventBus;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoEventStore;
import io.promlib.mongo.MongoGroupStore;
import io.promlib.mongo.MongoNames;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Objects;

/** Opens the bus that the processes of a test share. */
final class SharedBus {
  private SharedBus() {}

  static EventBus open(Settings settings) {
    Duration lease = settings.millis("claimLease");
    Duration skew = settings.millis("skew");
    return skew.isZero()
        ? MongoEventBus.builder(settings.text("uri")).bus(bus -> bus.claimLease(lease)).open()
        : skewed(settings.text("uri"), lease, new SkewedTiming(Timing.system(), skew));
  }

  /* Of its parts: the builder's bus would ask the server for the time and mend the clock. */
  private static EventBus skewed(String uri, Duration lease, Timing clock) {
    ConnectionString address = new ConnectionString(uri);
    MongoClient client = MongoClients.create(address);
    MongoDatabase database = client.getDatabase(Objects.requireNonNull(address.getDatabase()));
    MongoEventStore events = MongoEventStore.builder(database).client(client).timing(clock).build();
    return EventBus.builder()
        .stores(events, new MongoGroupStore(database, MongoNames.defaults(), clock))
        .timing(clock)
        .claimLease(lease)
        .ackDelay(Duration.ofMillis(100))
        .closing(events, client, clock)
        .build();
  }
}
