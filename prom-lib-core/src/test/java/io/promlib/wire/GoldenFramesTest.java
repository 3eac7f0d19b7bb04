package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.bus.StartAt;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenFramesTest {
  private static final String TOPIC = "orders.placed";
  private static final String GROUP = "billing";
  private static final String EXACT =
      "{\"a.b\":1,\"$set\":{\"\":[]},\"big\":123456789012345678901234567890,"
          + "\"dec\":0.1000000000000000000000000000000010,\"negzero\":-0.0,\"huge\":1e400,"
          + "\"E\":1E+2,\"esc\":\"\\u0041\\ud83d\\ude00\\/\\u0000\",\"raw\":\"Ω😀\u2028\","
          + "\"lone\":\"\\ud800\",\"null\":null,\"deep\":[[{\"x\":[null,true,false,\"\"]}]]}";

  private final Codec codec = new Codec();

  static List<String> names() {
    return GoldenFrames.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aGoldenFrameReadsAsItsRecord(String name) {
    GoldenFrames.assertSame(
        GoldenFrames.read(codec, name, GoldenFrames.bytes(name)), expected(name));
  }

  @ParameterizedTest
  @MethodSource("names")
  void aRecordIsWrittenAsItsGoldenFrame(String name) throws IOException {
    byte[] written = codec.write(expected(name));

    assertThat(Json.mapper().readTree(written))
        .isEqualTo(Json.mapper().readTree(GoldenFrames.bytes(name)));
  }

  @ParameterizedTest
  @MethodSource("names")
  void opMayStandLast(String name) {
    String text = new String(GoldenFrames.bytes(name), StandardCharsets.UTF_8).strip();
    int end = text.indexOf('"', "{'op':'".length()) + 1;
    String op = text.substring(1, end);
    String rest = text.substring(end, text.length() - 1);
    String moved = rest.isEmpty() ? text : "{" + rest.substring(1) + "," + op + "}";

    Frame read = GoldenFrames.read(codec, name, moved.getBytes(StandardCharsets.UTF_8));

    GoldenFrames.assertSame(read, expected(name));
  }

  @ParameterizedTest
  @MethodSource("names")
  void unknownFieldsAreIgnored(String name) {
    String text = new String(GoldenFrames.bytes(name), StandardCharsets.UTF_8).strip();
    String more = text.substring(0, text.length() - 1) + ",\"later\":{\"a\":[1,{}]}}";

    Frame read = GoldenFrames.read(codec, name, more.getBytes(StandardCharsets.UTF_8));

    GoldenFrames.assertSame(read, expected(name));
  }

  @Test
  void theIndexListsEveryFile() throws IOException, URISyntaxException {
    Path folder =
        Path.of(
                Objects.requireNonNull(
                        GoldenFrames.class.getResource("/io/promlib/testkit/frames/index.json"))
                    .toURI())
            .getParent();
    try (Stream<Path> files = Files.walk(folder)) {
      List<String> names = new ArrayList<>();
      files
          .filter(file -> file.toString().endsWith(".json") && !file.endsWith("index.json"))
          .forEach(file -> names.add(folder.relativize(file).toString().replace('\\', '/')));
      assertThat(GoldenFrames.names()).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void aBufferAndATextReadAsTheirBytes() {
    byte[] bytes = GoldenFrames.bytes("client/publish.full.json");
    ByteBuffer part = ByteBuffer.allocate(bytes.length + 9);
    part.position(5);
    part.put(bytes).flip().position(5);
    Frame expected = expected("client/publish.full.json");

    GoldenFrames.assertSame(codec.readClient(part), expected);
    GoldenFrames.assertSame(codec.readClient(part.slice().asReadOnlyBuffer()), expected);
    GoldenFrames.assertSame(codec.readClient(new String(bytes, StandardCharsets.UTF_8)), expected);
    assertThat(part.remaining()).isEqualTo(bytes.length);
  }

  private static Frame expected(String name) {
    return switch (name.substring(0, name.length() - ".json".length())) {
      case "client/auth.full" -> new ClientFrame.Auth("secret-token", "c1");
      case "client/auth.minimal" -> new ClientFrame.Auth("secret-token", null);
      case "client/subscribe.full" -> subscribe("c2", GROUP, allOpts());
      case "client/subscribe.minimal" -> subscribe(null, GROUP, SubscribeOpts.NONE);
      case "client/subscribe.earliest" ->
          subscribe(null, GROUP, from(StartAt.EARLIEST, Ordering.NONE));
      case "client/subscribe.after-id" ->
          subscribe(null, GROUP, from(new StartAt.AfterId("order-7"), Ordering.TOPIC));
      case "client/subscribe.after-seq" ->
          subscribe(null, GROUP, from(new StartAt.AfterSeq(41), null));
      case "client/subscribe.tail-batch" ->
          subscribe(
              "c3",
              null,
              new SubscribeOpts(
                  null, null, null, null, null, null, 1000, false, null, true, false));
      case "client/subscribe.tail" -> subscribe("c3", null, tailOpts());
      case "client/subscribe.tail-after-seq" ->
          subscribe(
              null,
              null,
              SubscribeOpts.tail(
                  new StartAt.AfterSeq(41),
                  false,
                  50,
                  null,
                  new Filter.Match("k1", List.of(), Map.of())));
      case "client/unsubscribe.full" -> new ClientFrame.Unsubscribe(TOPIC, GROUP, "c4");
      case "client/unsubscribe.minimal" -> new ClientFrame.Unsubscribe(TOPIC, null, null);
      case "client/publish.full" ->
          publish(
              "c5",
              "{\"order\":7,\"lines\":[{\"sku\":\"a-1\",\"n\":2}]}",
              new PublishOptions(
                  "order-7",
                  1700000000123L,
                  new EventMeta(
                      "customer 9",
                      Map.of(
                          "traceparent",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "region",
                          "eu"),
                      List.of("red"),
                      List.of("cart-3"),
                      "session-1")));
      case "client/publish.minimal" -> publish(null, "1", PublishOptions.none());
      case "client/publish.tombstone" ->
          publish(null, "null", PublishOptions.none().key("customer 9"));
      case "client/publish.exact" -> publish(null, EXACT, PublishOptions.none());
      case "client/ack.full" -> new ClientFrame.Ack(one("L-1"), "c6");
      case "client/ack.minimal" -> new ClientFrame.Ack(one(null), null);
      case "client/ack.many" ->
          new ClientFrame.Ack(Target.many(TOPIC, GROUP, List.of("order-7", "order-8")), "c7");
      case "client/ack.leases" -> new ClientFrame.Ack(two(List.of("L-1", "L-2")), true, "c7");
      case "client/nack.many" ->
          new ClientFrame.Nack(two(List.of("L-1", "L-2")), "no stock", 5000L, "c8");
      case "client/modack.many" -> new ClientFrame.ModAck(two(null), 60000L, "c9");
      case "client/nack.full" -> new ClientFrame.Nack(one("L-1"), "no stock", 5000L, "c8");
      case "client/nack.minimal" -> new ClientFrame.Nack(one(null), null, null, null);
      case "client/modack.full" -> new ClientFrame.ModAck(one("L-1"), 60000L, "c9");
      case "client/modack.minimal" -> new ClientFrame.ModAck(one(null), null, null);
      case "client/term.full" ->
          new ClientFrame.Term(
              new Target(TOPIC, GROUP, List.of("order-7"), true, "L-1", null),
              "never valid",
              "c10");
      case "client/term.minimal" -> new ClientFrame.Term(one(null), null, null);
      case "client/pause.full" -> new ClientFrame.Pause(TOPIC, GROUP, "c11");
      case "client/pause.minimal" -> new ClientFrame.Pause(TOPIC, GROUP, null);
      case "client/pause.tail" -> new ClientFrame.Pause(TOPIC, null, "c11");
      case "client/resume.tail" -> new ClientFrame.Resume(TOPIC, null, "c12");
      case "client/ack.tail" ->
          new ClientFrame.Ack(new Target(TOPIC, null, List.of("order-7"), false, null, null), null);
      case "client/resume.full" -> new ClientFrame.Resume(TOPIC, GROUP, "c12");
      case "client/resume.minimal" -> new ClientFrame.Resume(TOPIC, GROUP, null);
      default -> expectedOfServer(name);
    };
  }

  private static ServerFrame expectedOfServer(String name) {
    ServerFrame.Context leased = ServerFrame.Context.leased(1, 30000, "L-1");
    return switch (name.substring(0, name.length() - ".json".length())) {
      case "server/ok.minimal" -> ServerFrame.Ok.of(null);
      case "server/ok.authenticated" -> ServerFrame.Ok.authenticated("c1", 1700000600000L);
      case "server/ok.published" -> ServerFrame.Ok.published("c5", "order-7", 42, false);
      case "server/ok.tail" -> ServerFrame.Ok.following("c3", 41);
      case "server/ok.settled" -> ServerFrame.Ok.settled("c6", AckResult.ALREADY_ACKED);
      case "server/ok.settled-many" -> ServerFrame.Ok.settled("c7", List.of(AckResult.values()));
      case "server/err.full" ->
          ServerFrame.Err.of(
              ErrorCode.RATE_LIMITED, "more than 200 publishes a second; wait", "c5", 250);
      case "server/err.minimal" -> ServerFrame.Err.of(ErrorCode.UNAUTHORIZED, "AUTH first", null);
      case "server/event.full" ->
          new ServerFrame.Event(
              TOPIC,
              GROUP,
              event(
                  7,
                  "{\"order\":7}",
                  new EventMeta(
                      "customer 9",
                      Map.of("region", "eu"),
                      List.of("red"),
                      List.of("cart-3"),
                      "session-1")),
              ServerFrame.Context.leased(2, 29990, "L-1"));
      case "server/event.minimal" ->
          new ServerFrame.Event(TOPIC, GROUP, event(7, "null", EventMeta.NONE), leased);
      case "server/event.tail" ->
          new ServerFrame.Event(
              TOPIC,
              null,
              event(7, "{\"order\":7}", PublishOptions.none().key("customer 9").meta()),
              ServerFrame.Context.tail(true));
      case "server/event.live" ->
          new ServerFrame.Event(
              TOPIC,
              null,
              event(7, "{\"order\":7}", EventMeta.NONE),
              ServerFrame.Context.tail(false));
      case "server/event.exact" ->
          new ServerFrame.Event(TOPIC, GROUP, event(7, EXACT, EventMeta.NONE), leased);
      case "server/events.full" ->
          new ServerFrame.Events(
              TOPIC,
              GROUP,
              List.of(
                  new ServerFrame.Events.Item(event(7, "{\"order\":7}", EventMeta.NONE), leased),
                  new ServerFrame.Events.Item(
                      event(8, "\"two\"", EventMeta.NONE),
                      ServerFrame.Context.leased(3, 30000, "L-2"))));
      case "server/events.minimal" ->
          new ServerFrame.Events(
              TOPIC,
              null,
              List.of(
                  new ServerFrame.Events.Item(
                      event(7, "{\"order\":7}", EventMeta.NONE), ServerFrame.Context.tail(false))));
      case "server/events.exact" ->
          new ServerFrame.Events(
              TOPIC,
              GROUP,
              List.of(new ServerFrame.Events.Item(event(7, EXACT, EventMeta.NONE), leased)));
      case "server/gap.full" -> new ServerFrame.Gap(TOPIC, GROUP, 1, 41);
      case "server/gap.minimal" -> new ServerFrame.Gap(TOPIC, null, 1, 41);
      case "server/revoked.full" ->
          new ServerFrame.Revoked(TOPIC, GROUP, "the policy no longer allows it");
      case "server/revoked.minimal" ->
          new ServerFrame.Revoked(TOPIC, null, "the policy no longer allows it");
      case "server/goaway.full" -> new ServerFrame.GoAway("the gateway is shutting down", 1500);
      default -> throw new AssertionError("no record for the golden frame " + name);
    };
  }

  private static ClientFrame subscribe(String corr, String group, SubscribeOpts opts) {
    return new ClientFrame.Subscribe(TOPIC, group, opts, corr);
  }

  private static SubscribeOpts allOpts() {
    return new SubscribeOpts(
        new StartAt.Since(Instant.ofEpochMilli(1700000000000L)),
        50,
        200,
        15000L,
        3,
        Ordering.KEY,
        100,
        true,
        new Filter.Match("k1", List.of("red", "blue"), Map.of("region", "eu")),
        false,
        false);
  }

  private static SubscribeOpts tailOpts() {
    return new SubscribeOpts(
        StartAt.LATEST, null, null, null, null, null, null, false, null, true, true);
  }

  private static SubscribeOpts from(StartAt start, Ordering ordering) {
    return new SubscribeOpts(
        start, null, null, null, null, ordering, null, false, null, false, false);
  }

  private static ClientFrame publish(String corr, String json, PublishOptions options) {
    return new ClientFrame.Publish(TOPIC, Payload.json(json), options, corr);
  }

  private static Target one(String lease) {
    return Target.one(TOPIC, GROUP, "order-7", lease);
  }

  private static Target two(List<String> leases) {
    return new Target(TOPIC, GROUP, List.of("order-7", "order-8"), true, null, leases);
  }

  private static EventRecord event(int n, String json, EventMeta meta) {
    long ts = 1700000000116L + n;
    return new EventRecord("order-" + n, 35 + n, ts, ts, TOPIC, Payload.json(json), meta);
  }
}
