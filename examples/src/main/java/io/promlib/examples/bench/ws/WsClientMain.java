package io.promlib.examples.bench.ws;

import io.promlib.bus.StartAt;
import io.promlib.examples.bench.child.Console;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import io.promlib.wire.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The clients' process: measures a case against a server's port and says what came of it. */
public final class WsClientMain {
  private static final int WARM_EVENTS_A_SECOND = 10_000;

  private final WsCase one;
  private final int port;
  private final Codec codec = new Codec();
  private final Histogram rounds = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);
  private int groups;

  private WsClientMain(WsCase one, int port) {
    this.one = one;
    this.port = port;
  }

  /** The case, the port, seconds, and those to warm up or, for idle connections, how many. */
  public static void main(String[] line) throws Exception {
    WsCase one = WsCase.valueOf(line[0]);
    WsClientMain client = new WsClientMain(one, Integer.parseInt(line[1]));
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(line[2]));
    if (one == WsCase.IDLE) {
      client.idle(Integer.parseInt(line[3]));
    } else if (one.crowd() > 0) {
      Console.say(new Crowd(client.port, one.isBare(), one.crowd()).measure(nanos));
    } else {
      Console.say(client.measure(nanos, Integer.parseInt(line[3])));
    }
    Console.serve((order, words) -> Map.of("done", 1));
    System.exit(0);
  }

  private void idle(int count) throws IOException {
    List<Wire> open = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      open.add(Wire.open(port, i));
    }
    Console.say(Map.of("connections", open.size()));
  }

  private Map<String, ?> measure(long nanos, int warmUp) throws IOException {
    try (Wire wire = Wire.open(port, 0)) {
      warmUp(wire, warmUp);
      rounds.reset();
      double perSecond = pass(wire, nanos);
      Map<String, Object> figures = new HashMap<>();
      figures.put("perSecond", perSecond);
      figures.put("p50", rounds.getValueAtPercentile(50) / 1e3);
      figures.put("p99", rounds.getValueAtPercentile(99) / 1e3);
      figures.put("p999", rounds.getValueAtPercentile(99.9) / 1e3);
      return figures;
    }
  }

  /** Until the compilers have had both much to see and some time, which they share with all. */
  private void warmUp(Wire wire, int seconds) throws IOException {
    for (double events = 0; events < (double) WARM_EVENTS_A_SECOND * seconds; ) {
      events += pass(wire, TimeUnit.SECONDS.toNanos(seconds)) * seconds;
    }
  }

  /** Drains the events, by one group after another, for so long; events a second. */
  private double pass(Wire wire, long nanos) throws IOException {
    long start = System.nanoTime();
    long events = 0;
    while (System.nanoTime() - start < nanos) {
      String group = "g" + groups++;
      subscribe(wire, group);
      events += one.batch() > 0 ? many(wire, group) : single(wire, group, start + nanos);
      leave(wire, group);
    }
    return events / ((System.nanoTime() - start) / 1e9);
  }

  // NullAway does not see in a class file that a nested type may be null there.
  @SuppressWarnings("NullAway")
  private void subscribe(Wire wire, String group) throws IOException {
    SubscribeOpts opts =
        new SubscribeOpts(
            StartAt.EARLIEST,
            null,
            one.window(),
            null,
            null,
            null,
            one.batch() == 0 ? null : Integer.valueOf(one.batch()),
            one.batch() > 0,
            null,
            false,
            false);
    wire.send(new ClientFrame.Subscribe(Sent.TOPIC, group, opts, null));
  }

  /** Each event acked for itself, each ack answered. */
  private int single(Wire wire, String group, long until) throws IOException {
    int acks = 0;
    int answers = -1;
    long sent = 0;
    boolean late = false;
    while (answers < acks || (acks < Sent.EVENTS && !late)) {
      ServerFrame frame = codec.readServer(wire.read());
      if (frame instanceof ServerFrame.Event event) {
        long now = System.nanoTime();
        if (sent != 0) {
          rounds.recordValue(now - sent);
        }
        late = one.window() == 1 && now - until > 0;
        if (late) {
          continue;
        }
        acks++;
        sent = now;
        wire.send(
            new ClientFrame.Ack(
                Target.one(Sent.TOPIC, group, event.event().id(), event.ctx().lease()), null));
      } else {
        answers++;
      }
    }
    return acks;
  }

  /** The events of a frame acked together, which is not answered. */
  private int many(Wire wire, String group) throws IOException {
    int events = 0;
    while (events < Sent.EVENTS) {
      if (codec.readServer(wire.read()) instanceof ServerFrame.Events some) {
        List<String> ids = some.events().stream().map(item -> item.event().id()).toList();
        wire.send(new ClientFrame.Ack(Target.many(Sent.TOPIC, group, ids), null));
        events += ids.size();
      }
    }
    return events;
  }

  /** What still comes of the group is passed over. */
  private void leave(Wire wire, String group) throws IOException {
    wire.send(new ClientFrame.Unsubscribe(Sent.TOPIC, group, "left"));
    while (!(codec.readServer(wire.read()) instanceof ServerFrame.Ok ok
        && "left".equals(ok.corr()))) {
      // An event of the window.
    }
  }
}
