package io.promlib.outbox;

import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.util.List;

/** Publishes to a bus, each record under its own id, so that the topic takes it once. */
record BusTarget(EventBus bus) implements OutboxTarget {

  @Override
  public void publish(List<OutboxRecord> records) {
    // The bus passes a payload through as it is, bytes and all.
    Topic<Payload> topic = Topic.of(records.get(0).topic(), Payload.class);
    bus.publishAll(topic, records.stream().map(BusTarget::message).toList());
  }

  private static Message<Payload> message(OutboxRecord record) {
    return Message.of(
        record.payload(), new PublishOptions(record.id(), record.ts(), record.meta()));
  }
}
