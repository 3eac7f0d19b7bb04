package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import io.promlib.testkit.fuzz.Utf8Text;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every input is a frame that comes back equal, or is refused by name. */
class CodecFuzzTest {
  private static final int ROUNDS = 10_000;
  private static final int LONGEST_MESSAGE = 500;
  private static final String SECRET = "s3cr~t-t0ken/of=somebody";
  private static final Pattern SECRET_AS_A_NAME =
      Pattern.compile(Pattern.quote(SECRET) + "[^\"]*\"\\s*:");
  private static final Set<ErrorCode> CODES =
      EnumSet.of(ErrorCode.BAD_JSON, ErrorCode.BAD_REQUEST, ErrorCode.UNKNOWN_OP);

  private final Codec codec = new Codec();

  @Test
  void whateverAClientSendsIsReadOrRefusedAndWhatIsReadIsWrittenEqual() {
    Fuzz.run(getClass(), "client", ROUNDS, inputs("client/"), in -> check(in, codec::readClient));
  }

  @Test
  void whateverAGatewaySendsIsReadOrRefusedAndWhatIsReadIsWrittenEqual() {
    Fuzz.run(getClass(), "server", ROUNDS, inputs("server/"), in -> check(in, codec::readServer));
  }

  @Test
  void everyFrameThatCanBeMadeIsReadAsItWasWritten() {
    Fuzz.run(
        getClass(),
        "made",
        ROUNDS / 5,
        random -> ByteBuffer.allocate(8).putLong(random.nextLong()).array(),
        seed -> {
          RandomFrames frames = new RandomFrames(new Random(Arrays.hashCode(seed)));
          Frame frame;
          try {
            frame = frames.next();
          } catch (IllegalArgumentException refused) {
            return false;
          }
          Function<byte[], Frame> reader =
              frame instanceof ClientFrame ? codec::readClient : codec::readServer;
          GoldenFrames.assertSame(reader.apply(written(frame)), frame);
          return true;
        });
  }

  private static JsonInputs inputs(String side) {
    List<byte[]> examples =
        GoldenFrames.names().stream()
            .filter(name -> name.startsWith(side))
            .map(GoldenFrames::bytes)
            .map(CodecFuzzTest::withSecret)
            .toList();
    return JsonInputs.from(examples);
  }

  /** The golden token is replaced by one that no other part of a frame could be taken for. */
  private static byte[] withSecret(byte[] frame) {
    return new String(frame, StandardCharsets.UTF_8)
        .replaceFirst("\"token\"\\s*:\\s*\"[^\"]*\"", "\"token\":\"" + SECRET + "\"")
        .getBytes(StandardCharsets.UTF_8);
  }

  private boolean check(byte[] input, Function<byte[], ? extends Frame> reader) {
    byte[] before = input.clone();
    Frame frame;
    try {
      frame = reader.apply(input);
    } catch (FrameException refused) {
      checkRefusal(refused, input);
      return false;
    } finally {
      assertThat(input).as("the input stays as it is").isEqualTo(before);
    }
    assertThat(Utf8Text.isValid(input)).as("what is read was UTF-8").isTrue();
    byte[] written = written(frame);
    Frame again = reader.apply(written);
    // Headers may come in another order, so unequal bytes need the closer look.
    if (!Arrays.equals(codec.write(again), written)) {
      GoldenFrames.assertSame(again, frame);
    }
    assertThat(again).hasSameClassAs(frame);
    return true;
  }

  private byte[] written(Frame frame) {
    byte[] written = codec.write(frame);
    assertThat(Utf8Text.isValid(written)).as("what is written is UTF-8").isTrue();
    return written;
  }

  private void checkRefusal(FrameException refused, byte[] input) {
    String message = String.valueOf(refused.getMessage());
    assertThat(CODES).contains(refused.code());
    assertThat(message).isNotBlank().hasSizeLessThan(LONGEST_MESSAGE).doesNotContain("Exception");
    // A text that lost its quotes may make a name of it, and names are told.
    if (!SECRET_AS_A_NAME.matcher(new String(input, StandardCharsets.ISO_8859_1)).find()) {
      assertThat(message).doesNotContain(SECRET.substring(0, 6), SECRET.substring(6, 12));
    }
    String corr = refused.corr();
    if (corr != null) {
      assertThat(corr).hasSizeLessThanOrEqualTo(Frame.MAX_CORR);
    }
    ServerFrame.Err answer = refused.toErr();
    assertThat(codec.readServer(written(answer))).isEqualTo(answer);
  }
}
