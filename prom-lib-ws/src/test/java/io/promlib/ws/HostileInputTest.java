package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.promlib.testkit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that no honest client sends. After each, somebody else is still served. */
class HostileInputTest {
  private static final int FIN = 0x80;
  private static final int RSV1 = 0x40;
  private static final String PUBLISH = "{'op':'PUBLISH','topic':'t','payload':";

  private static Fixture on;

  @BeforeAll
  static void start() {
    on = Fixture.limited(l -> l.maxPerAddress(1000));
  }

  @AfterAll
  static void stop() {
    on.close();
  }

  @AfterEach
  void othersAreServed() {
    try (Peer good = on.login()) {
      assertThat(good.ask(PUBLISH + "1}").path("op").asText()).isEqualTo("OK");
    }
  }

  private static RawPeer connect(boolean authenticated) {
    RawPeer peer = RawPeer.connect(on.address());
    return authenticated ? peer.login() : peer;
  }

  private static byte[] utf8(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static Arguments bad(String name, String frame, String code) {
    return arguments(name, utf8(frame), code);
  }

  private static Arguments bad(String name, Charset charset, String frame, String code) {
    return arguments(name, frame.replace('\'', '"').getBytes(charset), code);
  }

  static Stream<Arguments> badTexts() {
    return Stream.of(
        bad("nothing", "", "bad_json"),
        bad("white space", " \t\r\n ", "bad_json"),
        bad("an array", "[{'op':'AUTH'}]", "bad_json"),
        bad("a string", "'AUTH'", "bad_json"),
        bad("a number", "1", "bad_json"),
        bad("true", "true", "bad_json"),
        bad("null", "null", "bad_json"),
        bad("two objects", "{'op':'AUTH','token':'x'}{'op':'AUTH','token':'x'}", "bad_json"),
        bad("half an object", "{'op':'AUTH','token':'x'", "bad_json"),
        bad("a field twice", "{'op':'AUTH','token':'x','token':'y'}", "bad_json"),
        bad("the op twice", "{'op':'AUTH','token':'x','op':'JUMP'}", "bad_json"),
        bad("a field twice deep down", PUBLISH + "{'a':{'b':1,'b':2}}}", "bad_json"),
        bad("a field twice by an escape", PUBLISH + "{'a':1,'\\u0061':2}}", "bad_json"),
        bad("deep arrays", PUBLISH + "[".repeat(4000) + "]".repeat(4000) + "}", "bad_json"),
        bad("deep objects", PUBLISH + "{'a':".repeat(2000) + "1" + "}".repeat(2001), "bad_json"),
        bad("deep arrays without an end", "[".repeat(16_000), "bad_json"),
        bad("deep objects in an unknown field", "{'x':" + "[".repeat(10_000), "bad_json"),
        bad("a number of 10 000 digits", PUBLISH + "9".repeat(10_000) + "}", "bad_json"),
        bad("a NUL", PUBLISH + "'\0'}", "bad_json"),
        bad("a NUL before", "\0{'op':'AUTH'}", "bad_json"),
        bad("a control character", PUBLISH + "'\u0007'}", "bad_json"),
        bad("a line break in a string", PUBLISH + "'\n'}", "bad_json"),
        bad("half a surrogate pair as a field's name", PUBLISH + "{'\\ud800':1}}", "bad_json"),
        bad("a comment", "/* */ {'op':'AUTH'}", "bad_json"),
        bad("NaN", PUBLISH + "NaN}", "bad_json"),
        bad("Infinity", PUBLISH + "-Infinity}", "bad_json"),
        bad("hexadecimal", PUBLISH + "0x1}", "bad_json"),
        bad("UTF-16", StandardCharsets.UTF_16BE, "{'op':'AUTH'}", "bad_json"),
        bad("UTF-16 the other way", StandardCharsets.UTF_16LE, "{'op':'AUTH'}", "bad_json"),
        bad("an op of 10 000 characters", "{'op':'" + "A".repeat(10_000) + "'}", "unknown_op"),
        bad("an op that is a number", "{'op':7}", "bad_request"),
        bad("an op that is an object", "{'op':{'op':'AUTH'}}", "bad_request"),
        bad("no op", "{}", "bad_request"),
        bad("a corr of 65", "{'op':'AUTH','corr':'" + "c".repeat(65) + "'}", "bad_request"),
        bad("a corr of 10 000", "{'op':'AUTH','corr':'" + "c".repeat(10_000) + "'}", "bad_request"),
        bad("a corr that is an object", "{'op':'AUTH','corr':{}}", "bad_request"),
        bad(
            "1001 ids",
            "{'op':'ACK','topic':'t','group':'g','ids':[" + "'a',".repeat(1000) + "'a']}",
            "bad_request"),
        bad(
            "a topic of 10 000",
            "{'op':'PAUSE','topic':'" + "t".repeat(10_000) + "'}",
            "bad_request"),
        bad("a topic with a NUL", "{'op':'PAUSE','topic':'a\\u0000b','group':'g'}", "bad_request"),
        bad("a huge maxInFlight", subscribe("'maxInFlight':1e999999999"), "bad_request"),
        bad("a huge seq", subscribe("'from':'afterSeq','seq':1e999999999"), "bad_request"),
        bad("a tiny seq", subscribe("'from':'afterSeq','seq':1e-999999999"), "bad_request"));
  }

  private static String subscribe(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{" + opts + "}}";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTexts")
  void aTextThatIsNoGoodFrameIsAnsweredBeforeAuthAndAfterAndTheConnectionGoesOn(
      String name, byte[] text, String code) {
    for (boolean authenticated : new boolean[] {false, true}) {
      try (RawPeer client = connect(authenticated).frame(true, RawPeer.TEXT, text)) {
        String answer = client.read().text();
        assertThat(answer).as(name).contains("\"code\":\"" + code + "\"").hasSizeLessThan(400);
        client.text("{}");
        assertThat(client.read().text()).contains("op is missing");
      }
    }
  }

  @Test
  void aByteOrderMarkBeforeAFrameIsAnsweredOneWayOrTheOtherAndNeverKept() {
    try (RawPeer client =
        connect(true).frame(true, RawPeer.TEXT, utf8("\ufeff" + PUBLISH + "1}"))) {
      assertThat(client.read().text()).containsAnyOf("bad_json", "\"OK\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "-1e999999999",
        "1e-999999999",
        "123456789012345678901234567890.5",
        "-0.0",
        "'\\u0000'",
        "{'':{'':null}}"
      })
  void aPayloadThatFewCanReadMakesTheWholeWayAsItCame(String payload) {
    String topic = "'odd" + Integer.toUnsignedString(payload.hashCode()) + "'";
    try (Peer client = on.login()) {
      client.ask(subscribe("").replace("'t'", topic));
      client.send(PUBLISH.replace("'t'", topic) + payload + "}");
      String event = nextWith(client, "EVENT");
      assertThat(event).contains("\"payload\":" + payload.replace('\'', '"'));
    }
  }

  private static String nextWith(Peer client, String op) {
    while (true) {
      String frame = client.nextText();
      if (frame.contains("\"op\":\"" + op + "\"")) {
        return frame;
      }
    }
  }

  @Test
  void aLoneSurrogateInANameIsRefusedByItsField() {
    try (Peer client = on.login()) {
      assertThat(client.ask("{'op':'PUBLISH','topic':'\\ud800','payload':1}").path("msg").asText())
          .contains("topic");
      assertThat(client.refusal(PUBLISH + "1,'opts':{'id':'\\ud800'}}")).isEqualTo("bad_request");
    }
    try (Peer client = on.connect()) {
      assertThat(client.refusal("{'op':'AUTH','token':'\\ud800'}")).isEqualTo("bad_token");
    }
  }

  @Test
  void aCorrThatIsALoneSurrogateIsAnsweredInUtf8() {
    try (RawPeer client = connect(true)) {
      client.text("{\"op\":\"JUMP\",\"corr\":\"\\ud800\"}").text("{}");
      assertThat(client.read().text()).contains("unknown_op");
      assertThat(client.read().text()).contains("op is missing");
    }
  }

  @Test
  void aHundredThousandUnknownFieldsArePassedOver() {
    StringBuilder frame = new StringBuilder("{'op':'PUBLISH','topic':'t','payload':1");
    for (int i = 0; i < 100_000; i++) {
      frame.append(",'").append(i).append("':0");
    }
    try (Peer client = on.login()) {
      assertThat(client.ask(frame + "}").path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aHundredThousandHeadersAreRefusedOrTakenAndNeverHang() {
    StringBuilder headers = new StringBuilder("'a':''");
    for (int i = 0; i < 90_000; i++) {
      headers.append(",'").append(i).append("':''");
    }
    try (Peer client = on.login()) {
      assertThat(
              client.ask(PUBLISH + "1,'opts':{'headers':{" + headers + "}}}").path("op").asText())
          .isIn("OK", "ERR");
    }
  }

  @Test
  void aLongStringWithinTheFrameIsTaken() {
    try (Peer client = on.login()) {
      assertThat(client.ask(PUBLISH + "'" + "x".repeat(1_000_000) + "'}").path("op").asText())
          .isEqualTo("OK");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void textThatIsNotUtf8IsClosedWith1007(boolean authenticated) {
    byte[][] texts = {
      {'{', (byte) 0xff, '}'},
      {(byte) 0xc3, '('},
      {(byte) 0xc0, (byte) 0x80},
      {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
      {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
      {'a', (byte) 0xe2, (byte) 0x82},
    };
    for (byte[] text : texts) {
      try (RawPeer client = connect(authenticated).frame(true, RawPeer.TEXT, text)) {
        assertThat(client.closeCode()).isEqualTo(1007);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCharacterThatIsSplitOverFragmentsIsWhole(boolean authenticated) {
    try (RawPeer client = connect(authenticated)) {
      client
          .frame(false, RawPeer.TEXT, new byte[] {'{', '"', 'x', '"', ':', '"', (byte) 0xe2})
          .frame(false, RawPeer.CONTINUATION, new byte[] {(byte) 0x82})
          .frame(true, RawPeer.CONTINUATION, new byte[] {(byte) 0xac, '"', '}'});
      assertThat(client.read().text()).contains("op is missing");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBinaryFrameIsAbuse(boolean authenticated) {
    try (RawPeer client = connect(authenticated).frame(true, RawPeer.BINARY, utf8("{}"))) {
      assertThat(client.read().text()).contains("bad_request");
      assertThat(client.closeCode()).isEqualTo(4403);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCompressedFrameIsAProtocolErrorBeforeItsBodyIsRead(boolean authenticated) {
    try (RawPeer client = connect(authenticated).header(FIN | RSV1 | RawPeer.TEXT, 1000)) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Integer.MAX_VALUE, 1L << 31, 1L << 32})
  void aLengthThatNobodyCanHaveIsTooLarge(long length) {
    checkLengthIsClosedWith(1009, length);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void aLengthWithTheHighestBitIsAProtocolError(long length) {
    checkLengthIsClosedWith(1002, length);
  }

  private void checkLengthIsClosedWith(int code, long length) {
    for (boolean authenticated : new boolean[] {false, true}) {
      try (RawPeer client = connect(authenticated)) {
        byte[] header = new byte[14];
        header[0] = (byte) (FIN | RawPeer.TEXT);
        header[1] = (byte) 0xff;
        ByteBuffer.wrap(header).putLong(2, length);
        client.write(header);
        assertThat(client.closeCode()).isEqualTo(code);
      }
    }
  }

  @Test
  void aFrameInFragmentsOfOneByteIsRead() {
    byte[] frame = utf8(PUBLISH + "'" + "x".repeat(20_000) + "'}");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < frame.length; i++) {
      int first = (i == frame.length - 1 ? FIN : 0) | (i == 0 ? RawPeer.TEXT : 0);
      all.writeBytes(new byte[] {(byte) first, (byte) 0x81, 0, 0, 0, 0, frame[i]});
    }
    try (RawPeer client = connect(true).write(all.toByteArray())) {
      assertThat(client.read().text()).contains("\"OK\"");
    }
  }

  @Test
  void fragmentsWithoutAnEndAreTooLargeAtTheLimit() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i <= 16 << 10; i++) {
      all.writeBytes(new byte[] {(byte) (i == 0 ? RawPeer.TEXT : 0), (byte) 0x81, 0, 0, 0, 0, ' '});
    }
    try (RawPeer client = connect(false).write(all.toByteArray())) {
      assertThat(client.read().text()).contains("too_large");
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void fragmentsOfNothingHoldNothingAndEndWithTheTimeToAuthenticate() {
    ManualClock clock = new ManualClock();
    byte[] empty = new byte[6 * 50_000];
    for (int i = 0; i < empty.length; i += 6) {
      empty[i] = (byte) (i == 0 ? RawPeer.TEXT : 0);
      empty[i + 1] = (byte) 0x80;
    }
    try (Fixture timed = Fixture.with(b -> b.timing(clock).limits(GatewayLimits.defaults()));
        RawPeer client = RawPeer.connect(timed.address()).write(empty);
        Peer good = timed.login()) {
      client.frame(true, RawPeer.PING, new byte[0]);
      assertThat(client.read().opcode()).isEqualTo(RawPeer.PONG);
      clock.advance(Duration.ofSeconds(10));
      assertThat(client.closeCode()).isEqualTo(4401);
      assertThat(good.ask(PUBLISH + "1}").path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void controlFramesBetweenFragmentsAreAnsweredAndTheTextIsWhole() {
    byte[] frame = utf8(PUBLISH + "1}");
    try (RawPeer client = connect(true)) {
      for (int i = 0; i < frame.length; i++) {
        client
            .frame(
                i == frame.length - 1,
                i == 0 ? RawPeer.TEXT : RawPeer.CONTINUATION,
                new byte[] {frame[i]})
            .frame(true, RawPeer.PING, new byte[] {frame[i]});
      }
      int pongs = 0;
      boolean answered = false;
      while (pongs < frame.length || !answered) {
        RawPeer.Frame next = client.read();
        if (next.opcode() == RawPeer.PONG) {
          assertThat(next.bytes()).containsExactly(frame[pongs++]);
        } else {
          assertThat(next.text()).contains("\"OK\"");
          answered = true;
        }
      }
    }
  }

  @Test
  void aCloseBetweenFragmentsIsAnswered() {
    try (RawPeer client = connect(false)) {
      client
          .frame(false, RawPeer.TEXT, utf8("{"))
          .frame(true, RawPeer.CLOSE, new byte[] {0x03, (byte) 0xe8});
      assertThat(client.closeCode()).isEqualTo(1000);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535})
  void aCloseWithACodeThatMayNotBeSentIsAProtocolError(int code) {
    try (RawPeer client =
        connect(false).frame(true, RawPeer.CLOSE, new byte[] {(byte) (code >> 8), (byte) code})) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void aCloseOfOneByteIsAProtocolError() {
    try (RawPeer client = connect(false).frame(true, RawPeer.CLOSE, new byte[] {3})) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void aCloseWhoseReasonIsNotUtf8IsClosedWith1007() {
    for (byte last : new byte[] {(byte) 0xff, (byte) 0xe2}) {
      byte[] body = {3, (byte) 0xe8, 'b', 'y', 'e', last};
      try (RawPeer client = connect(false).frame(true, RawPeer.CLOSE, body)) {
        assertThat(client.closeCode()).isEqualTo(1007);
      }
    }
  }
}
