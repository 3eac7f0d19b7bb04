package io.promlib.client;

import static io.promlib.client.ClientTest.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.store.Backoff;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever a gateway writes: it is passed over, or the connection ends with a reason and bounds.
 */
class HostileGatewayTest {
  private static final byte[] NOTHING = new byte[0];
  private static final int MAX_FRAME = 64 * 1024;

  private final List<String> causes = new CopyOnWriteArrayList<>();
  private RawGateway gateway;
  private EventClient client;

  @AfterEach
  void closeAll() {
    if (client != null) {
      client.close();
    }
    gateway.close();
  }

  private void connectTo(RawGateway made) {
    gateway = made;
    client =
        EventClient.builder(made.uri())
            .token("t")
            .requestTimeout(ClientTest.LIMIT)
            .maxFrameBytes(MAX_FRAME)
            .gracePeriod(Duration.ofSeconds(1))
            .reconnect(Backoff.fixed(Duration.ofMillis(50)))
            .onStateChange(
                (state, cause) -> {
                  if (cause != null) {
                    causes.add(cause.getMessage());
                  }
                })
            .connect();
  }

  /** What is written ends the connection for a reason that contains this. */
  private void endsWith(String reason, RawGateway.Bytes bytes) {
    connectTo(new RawGateway("", bytes));
    until(() -> !causes.isEmpty());
    assertThat(causes.get(0)).contains(reason);
  }

  /** What is written is passed over: a publish afterwards is answered over the same connection. */
  private void isPassedOver(RawGateway.Bytes bytes) {
    connectTo(new RawGateway("", bytes));
    assertThat(client.publish(ClientTest.NUMBERS, 1).seq()).isEqualTo(1);
    assertThat(gateway.connections()).isEqualTo(1);
  }

  private static RawGateway.Bytes texts(String... texts) {
    return out -> {
      for (String text : texts) {
        out.write(RawGateway.text(text));
      }
    };
  }

  @Test
  void fragmentsWithoutAnEndEndTheConnection() {
    endsWith(
        "1009",
        out -> {
          out.write(RawGateway.frame(RawGateway.TEXT, new byte[] {'{'}));
          writeForEver(out, RawGateway.frame(RawGateway.CONTINUATION, new byte[] {' '}), 1000);
        });
  }

  @Test
  void emptyFragmentsWithoutAnEndEndTheConnection() {
    endsWith(
        "1009",
        out -> {
          out.write(RawGateway.frame(RawGateway.TEXT, NOTHING));
          writeForEver(out, RawGateway.frame(RawGateway.CONTINUATION, NOTHING), 1000);
        });
  }

  @Test
  void fragmentsThatAreTooMuchTogetherEndTheConnection() {
    endsWith(
        "1009",
        out -> {
          out.write(RawGateway.frame(RawGateway.TEXT, new byte[] {'{'}));
          writeForEver(out, RawGateway.frame(RawGateway.CONTINUATION, spaces(8192)), 1);
        });
  }

  /** Until the client leaves, which ends the writing with an exception. */
  private static void writeForEver(OutputStream out, byte[] frame, int atOnce) throws IOException {
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < atOnce; i++) {
      many.write(frame);
    }
    while (true) {
      out.write(many.toByteArray());
    }
  }

  private static byte[] spaces(int length) {
    return " ".repeat(length).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aMessageInFragmentsIsRead() {
    byte[] gap = new Codec().write(new ServerFrame.Gap("numbers", "nobody", 1, 2));
    isPassedOver(
        out -> {
          for (int i = 0; i < gap.length; i++) {
            int first = i == 0 ? RawGateway.TEXT : RawGateway.CONTINUATION;
            int last = i == gap.length - 1 ? RawGateway.FIN : 0;
            out.write(RawGateway.frame(first | last, new byte[] {gap[i]}));
          }
        });
  }

  @Test
  void aFrameThatDeclaresMoreThanAllowedEndsTheConnectionBeforeItsBodyCame() {
    endsWith(
        "1009",
        out -> out.write(new byte[] {(byte) 0x81, 127, 0, 0, 0, 0, 0x7f, (byte) 0xff, 0, 0}));
  }

  @Test
  void textThatIsNotUtf8EndsTheConnection() {
    endsWith(
        "1007",
        out ->
            out.write(
                RawGateway.frame(
                    RawGateway.FIN | RawGateway.TEXT, new byte[] {'{', (byte) 0xc3, 0x28, '}'})));
  }

  @Test
  void aCompressedFrameEndsTheConnection() {
    connectTo(new RawGateway("", out -> out.write(bomb())));
    until(() -> !causes.isEmpty());

    assertThat(causes.get(0)).contains("1002");
  }

  /** A megabyte of spaces in a kilobyte. */
  private static byte[] bomb() {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(spaces(1 << 20));
    deflater.finish();
    byte[] packed = new byte[8192];
    int length = deflater.deflate(packed);
    deflater.end();
    return RawGateway.frame(
        RawGateway.FIN | RawGateway.COMPRESSED | RawGateway.TEXT, Arrays.copyOf(packed, length));
  }

  @Test
  void aFrameThatIsNoneOfWebSocketsEndsTheConnection() {
    endsWith("100", out -> out.write(new byte[] {(byte) 0x8f, 1, 'x'}));
  }

  @Test
  void deepNestingEndsTheConnection() {
    endsWith("no frame", texts("{\"op\":\"OK\",\"x\":" + "[".repeat(20_000)));
  }

  @Test
  void deepNestingThatIsClosedEndsTheConnectionToo() {
    endsWith(
        "no frame", texts("{\"op\":\"OK\",\"x\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}"));
  }

  @Test
  void binaryFramesArePassedOver() {
    isPassedOver(
        out -> {
          for (int i = 0; i < 1000; i++) {
            out.write(RawGateway.frame(RawGateway.FIN | RawGateway.BINARY, spaces(1000)));
          }
        });
  }

  @Test
  void framesThatMeanNothingArePassedOver() {
    String event =
        "{\"op\":\"EVENT\",\"topic\":\"numbers\",\"group\":\"nobody\",\"event\":{\"id\":\"a\",\"seq\":1,\"ts\":1,"
            + "\"topic\":\"numbers\",\"payload\":1},\"ctx\":{\"attempt\":1,\"ack_deadline_ms\":1000,\"lease\":\"l\"}}";
    isPassedOver(
        texts(
            event,
            "{\"op\":\"SPARKLE\"}",
            "{\"op\":\"OK\",\"corr\":\"r999\",\"seq\":1}",
            "{\"op\":\"OK\"}",
            "{\"op\":\"OK\",\"seq\":" + "9".repeat(60_000) + "}",
            "{\"op\":\"ERR\",\"code\":\"internal\",\"corr\":\"p999\"}",
            "{\"op\":\"ERR\"}",
            "{\"op\":\"ERR\",\"code\":\"no_such_code\",\"retry_ms\":-5}",
            "{\"op\":\"EVENT\"}",
            "{\"op\":\"EVENTS\",\"topic\":\"numbers\",\"events\":[]}",
            "{\"op\":\"GAP\",\"topic\":\"numbers\",\"from\":9,\"to\":-9}",
            "{\"op\":\"REVOKED\",\"topic\":\"numbers\"}",
            "{\"op\":\"AUTH\",\"token\":\"t\"}",
            "{}"));
  }

  @Test
  void aFloodOfErrorsIsPassedOver() {
    isPassedOver(
        out -> {
          byte[] error = RawGateway.text("{\"op\":\"ERR\",\"code\":\"internal\",\"msg\":\"x\"}");
          for (int i = 0; i < 10_000; i++) {
            out.write(error);
          }
        });
  }

  @Test
  void aHandshakeWithoutAnEndIsGivenUp() {
    gateway = new RawGateway("X-Long: " + "x".repeat(100_000) + "\r\n", out -> {});
    EventClientBuilder builder =
        EventClient.builder(gateway.uri()).token("t").requestTimeout(Duration.ofSeconds(2));
    assertThatThrownBy(builder::connect).isInstanceOf(NoAnswerException.class);
  }

  @Test
  void aGatewayThatPingsAndReadsNothingIsGivenUp() {
    RawGateway made =
        new RawGateway(
            "",
            out ->
                writeForEver(
                    out, RawGateway.frame(RawGateway.FIN | RawGateway.PING, spaces(125)), 100));
    made.stopReading();
    connectTo(made);

    until(() -> !causes.isEmpty());

    assertThat(causes.get(0)).contains("does not read");
  }
}
