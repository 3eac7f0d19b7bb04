package io.promlib.examples.bench.hostile;

import static io.promlib.examples.bench.hostile.Frames.control;
import static io.promlib.examples.bench.hostile.Frames.fragment;
import static io.promlib.examples.bench.hostile.Frames.handshake;
import static io.promlib.examples.bench.hostile.Frames.header;
import static io.promlib.examples.bench.hostile.Frames.join;
import static io.promlib.examples.bench.hostile.Frames.text;
import static io.promlib.examples.bench.hostile.Frames.times;
import static io.promlib.examples.bench.hostile.Frames.utf8;

import io.promlib.examples.bench.hostile.Attack.Pace;
import io.promlib.examples.bench.hostile.Attack.Reading;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** All attacks of each kind. */
final class Attacks {
  /** How many frames a flooding connection sends at a time. */
  static final int BURST = 10;

  private static final int LARGEST_EVENT = 1 << 20;
  private static final int LARGEST_BEFORE_AUTH = 16 << 10;
  private static final int BUSY_EVENT = 4 << 10;
  private static final int DEPTH = 100_000;
  private static final byte[] NOTHING = new byte[0];
  private static final byte[] ALIVE = control(Frames.PONG, 0);

  private final byte[] stranger = handshake();
  private final byte[] member;
  private final byte[] largest =
      text(
          "{\"op\":\"PUBLISH\",\"topic\":\"hostile.large\",\"payload\":\""
              + "x".repeat(LARGEST_EVENT - 2)
              + "\"}");
  private final byte[] deep =
      text(
          "{\"op\":\"PUBLISH\",\"topic\":\"hostile.deep\",\"payload\":"
              + "[".repeat(DEPTH)
              + "]".repeat(DEPTH)
              + "}");

  private final Map<Kind, List<Attack>> byKind = new EnumMap<>(Kind.class);

  Attacks(String token) {
    member = join(stranger, text("{\"op\":\"AUTH\",\"token\":\"" + token + "\"}"));
    byKind.put(Kind.SILENT, silent());
    byKind.put(Kind.HALF_OPEN, halfOpen());
    byKind.put(Kind.FLOODING, flooding());
    byKind.put(Kind.HUGE, huge());
  }

  /** Publishes what the slow readers subscribe to. */
  Attack feed() {
    byte[] event =
        text(
            "{\"op\":\"PUBLISH\",\"topic\":\"hostile.busy\",\"payload\":\""
                + "x".repeat(BUSY_EVENT)
                + "\"}");
    return Attack.of(member, event, Pace.STEADY, Reading.ALL);
  }

  /** The attack of the n-th connection of its kind. */
  Attack of(Kind kind, int number) {
    List<Attack> all = byKind.getOrDefault(kind, slowReading(number));
    return all.get(number % all.size());
  }

  private List<Attack> silent() {
    return List.of(
        Attack.of(NOTHING, NOTHING, Pace.NEVER, Reading.ALL),
        Attack.of(stranger, NOTHING, Pace.NEVER, Reading.ALL),
        Attack.of(member, NOTHING, Pace.NEVER, Reading.ALL));
  }

  private List<Attack> halfOpen() {
    byte[] begun = utf8("GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: ");
    byte[] before = join(stranger, header(LARGEST_BEFORE_AUTH));
    byte[] after = join(member, header(LARGEST_EVENT));
    return List.of(
        Attack.of(begun, utf8("x"), Pace.TRICKLE, Reading.ALL),
        Attack.of(before, utf8("x"), Pace.TRICKLE, Reading.ALL),
        Attack.of(after, utf8("x"), Pace.TRICKLE, Reading.ALL));
  }

  private List<Attack> flooding() {
    byte[] unknown = text("{\"op\":\"FLOOD\",\"corr\":\"1\"}");
    byte[] broken = text("{\"op\":\"PUBLISH\",\"topic\":");
    byte[] ping = control(Frames.PING, 125);
    byte[] fragment = fragment(Frames.CONTINUATION, "");
    byte[] begun = fragment(Frames.TEXT, "{");
    byte[] publish = text("{\"op\":\"PUBLISH\",\"topic\":\"hostile.flood\",\"payload\":{\"n\":1}}");
    byte[] ack = text("{\"op\":\"ACK\",\"topic\":\"hostile.busy\",\"group\":\"g\",\"id\":\"1\"}");
    String names = "\"topic\":\"hostile.churn\",\"group\":\"churn\"}";
    byte[] churn =
        join(text("{\"op\":\"SUBSCRIBE\"," + names), text("{\"op\":\"UNSUBSCRIBE\"," + names));
    return List.of(
        flood(stranger, broken, Reading.ALL),
        flood(stranger, ping, Reading.ALL),
        flood(join(stranger, begun), fragment, Reading.ALL),
        flood(member, publish, Reading.ALL),
        flood(member, unknown, Reading.ALL),
        flood(member, ping, Reading.ALL),
        flood(join(member, begun), fragment, Reading.ALL),
        flood(member, ack, Reading.ALL),
        Attack.of(member, times(BURST / 2, churn), Pace.FLOOD, Reading.ALL),
        flood(member, publish, Reading.NOTHING),
        flood(member, unknown, Reading.NOTHING),
        flood(member, ping, Reading.NOTHING));
  }

  private static Attack flood(byte[] opening, byte[] frame, Reading reading) {
    return Attack.of(opening, times(BURST, frame), Pace.FLOOD, reading);
  }

  /** They look alive: a pong that nobody asked for is sent each few seconds. */
  private List<Attack> slowReading(int number) {
    byte[] subscribed =
        join(
            member,
            text(
                "{\"op\":\"SUBSCRIBE\",\"topic\":\"hostile.busy\",\"group\":\"slow-"
                    + number
                    + "\"}"));
    return List.of(
        Attack.of(subscribed, ALIVE, Pace.TRICKLE, Reading.NOTHING),
        Attack.of(subscribed, ALIVE, Pace.TRICKLE, Reading.TRICKLE));
  }

  private List<Attack> huge() {
    byte[] allButOne = Arrays.copyOf(largest, largest.length - 1);
    return List.of(
        Attack.of(
            join(stranger, header(LARGEST_BEFORE_AUTH + 1)), NOTHING, Pace.NEVER, Reading.ALL),
        Attack.of(join(member, header(Long.MAX_VALUE)), NOTHING, Pace.NEVER, Reading.ALL),
        Attack.of(join(member, header(16 << 20)), new byte[64 << 10], Pace.BULK, Reading.ALL),
        Attack.of(join(member, allButOne), NOTHING, Pace.NEVER, Reading.ALL),
        Attack.of(member, largest, Pace.BULK, Reading.ALL),
        Attack.of(member, deep, Pace.BULK, Reading.ALL));
  }
}
