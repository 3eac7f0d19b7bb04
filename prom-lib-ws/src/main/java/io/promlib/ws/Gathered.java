package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.Delivery;
import io.promlib.wire.Codec;
import io.promlib.wire.EventsFrame;
import io.promlib.wire.ServerFrame;
import java.util.ArrayList;
import java.util.List;

/** The deliveries of an EVENTS frame that is being filled. For one thread at a time. */
final class Gathered {
  private final EventsFrame frame;
  private final int most;
  private List<Delivery<JsonNode>> deliveries = new ArrayList<>();

  Gathered(Codec codec, String topic, String group, int most, GatewayLimits limits) {
    this.frame = codec.events(topic, group, limits.maxBatchBytes());
    this.most = most;
  }

  /** Adds one, unless it has to go into the next frame; see {@link EventsFrame#add}. */
  boolean add(Delivery<JsonNode> delivery, ServerFrame.Context context) {
    if (!frame.add(delivery.record(), context)) {
      return false;
    }
    deliveries.add(delivery);
    return true;
  }

  boolean isEmpty() {
    return deliveries.isEmpty();
  }

  boolean isFull() {
    return deliveries.size() >= most;
  }

  int bytes() {
    return frame.size();
  }

  /** What {@link #take} is about; to be called before. */
  List<Delivery<JsonNode>> deliveries() {
    return deliveries;
  }

  /** The frame; the next one begins. */
  byte[] take() {
    deliveries = new ArrayList<>();
    return frame.take();
  }

  /** Lets go of all. */
  void clear() {
    deliveries = new ArrayList<>();
    frame.clear();
  }
}
