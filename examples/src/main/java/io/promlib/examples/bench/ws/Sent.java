package io.promlib.examples.bench.ws;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The events that both servers send: an EVENT frame of each has 256 bytes or a few more. */
final class Sent {
  static final String TOPIC = "bench.ws";
  static final String TOKEN = "the-token-of-the-benchmark";

  /** How many events a subscription is sent. */
  static final int EVENTS = 50_000;

  private static final long TIME = 1735689600000L;
  private static final Payload PAYLOAD =
      Payload.json("{\"order\":4711,\"cents\":1250,\"note\":\"" + "x".repeat(20) + "\"}");

  private Sent() {}

  static Payload payload() {
    return PAYLOAD;
  }

  static String id(long seq) {
    return "e-" + seq;
  }

  /** A ready EVENT frame of a tail. */
  static String tail() {
    return text(
        new Codec(), new ServerFrame.Event(TOPIC, null, event(1), ServerFrame.Context.tail(false)));
  }

  private static EventRecord event(long seq) {
    return new EventRecord(id(seq), seq, TIME, TIME, TOPIC, PAYLOAD, EventMeta.NONE);
  }

  /** Ready EVENT frames, or EVENTS of so many, that cover all events once. */
  static List<String> frames(int batch) {
    Codec codec = new Codec();
    List<String> frames = new ArrayList<>();
    List<ServerFrame.Events.Item> items = new ArrayList<>();
    for (long seq = 1; seq <= EVENTS; seq++) {
      EventRecord event = event(seq);
      ServerFrame.Context context = ServerFrame.Context.leased(1, 30_000, "k3j5h2l4k-" + seq);
      if (batch == 0) {
        frames.add(text(codec, new ServerFrame.Event(TOPIC, "g0", event, context)));
      } else {
        items.add(new ServerFrame.Events.Item(event, context));
        if (items.size() == batch) {
          frames.add(text(codec, new ServerFrame.Events(TOPIC, "g0", items)));
          items.clear();
        }
      }
    }
    return frames;
  }

  private static String text(Codec codec, ServerFrame frame) {
    return new String(codec.write(frame), StandardCharsets.UTF_8);
  }
}
