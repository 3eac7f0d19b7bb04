package io.promlib.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.promlib.event.JsonInput;
import io.promlib.event.JsonParsers;
import io.promlib.event.Payload;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes frames: one JSON object each, nothing after it. Payloads keep the bytes they
 * were sent with. Unknown fields are ignored, {@code null} counts as absent (but for a payload),
 * {@code op} may stand anywhere. Safe for use by many threads.
 */
public final class Codec {
  /** How deep a client's frame may be nested. */
  public static final int MAX_DEPTH = 200;

  /** How many digits a number in a client's frame may have. */
  public static final int MAX_DIGITS = 1000;

  private static final int MAX_EVENT_DEPTH = 1100;
  private static final Pattern WORD = Pattern.compile("[A-Za-z_]{0,20}");

  private final JsonParsers fromClients = parsers(MAX_DEPTH, true);
  // Events that were stored are read back whatever they hold.
  private final JsonParsers fromServers = parsers(MAX_EVENT_DEPTH, false);

  private interface FrameReader<F> {
    @Nullable F read(String op, JsonInput in) throws IOException;
  }

  private static JsonParsers parsers(int depth, boolean strict) {
    return new JsonParsers(
        JsonFactory.builder()
            .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, strict)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(depth)
                    .maxNumberLength(strict ? MAX_DIGITS : Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());
  }

  /**
   * Reads what a client sent.
   *
   * @throws FrameException {@code bad_json}, {@code unknown_op}, or {@code bad_request} naming the
   *     field
   */
  public ClientFrame readClient(byte[] utf8) {
    return read(fromClients, utf8, ClientReader::read);
  }

  /** {@link #readClient(byte[])} of a buffer's remaining bytes; its position stays. */
  public ClientFrame readClient(ByteBuffer utf8) {
    return readClient(bytes(utf8));
  }

  /** {@link #readClient(byte[])} of a text. */
  public ClientFrame readClient(String json) {
    return readClient(json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads what a gateway sent.
   *
   * @throws FrameException as {@link #readClient(byte[])}
   */
  public ServerFrame readServer(byte[] utf8) {
    return read(fromServers, utf8, ServerReader::read);
  }

  /** {@link #readServer(byte[])} of a buffer's remaining bytes; its position stays. */
  public ServerFrame readServer(ByteBuffer utf8) {
    return readServer(bytes(utf8));
  }

  /** {@link #readServer(byte[])} of a text. */
  public ServerFrame readServer(String json) {
    return readServer(json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a frame in UTF-8.
   *
   * @throws io.promlib.event.PayloadException if a payload's object cannot be written
   */
  public byte[] write(Frame frame) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(256 + payloadLength(frame))) {
      try (JsonGenerator out = fromServers.generator(bytes)) {
        new FrameWriter(out).write(frame);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  /** An EVENTS frame to be filled, of at most so many bytes if it has more than one event. */
  public EventsFrame events(String topic, @Nullable String group, int mostBytes) {
    return new EventsFrame(
        this::generator, write(new ServerFrame.Events(topic, group, List.of())), mostBytes);
  }

  private JsonGenerator generator(OutputStream to) {
    try {
      return fromServers.generator(to);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  private static int payloadLength(Frame frame) {
    Payload payload =
        frame instanceof ServerFrame.Event event
            ? event.event().payload()
            : frame instanceof ClientFrame.Publish publish ? publish.payload() : Payload.NULL;
    return payload.bytes().length;
  }

  private static <F> F read(JsonParsers parsers, byte[] utf8, FrameReader<F> reader) {
    try {
      try (JsonInput in = JsonInput.object(parsers, utf8)) {
        if ("op".equals(in.nextField())) {
          return rest(in.string(), in, reader);
        }
      }
      String op = find("op", parsers, utf8);
      if (op == null) {
        throw new IllegalArgumentException("op is missing");
      }
      try (JsonInput in = JsonInput.object(parsers, utf8)) {
        return rest(op, in, reader);
      }
    } catch (UnknownOp e) {
      throw new FrameException(ErrorCode.UNKNOWN_OP, unknown(e.op), corr(parsers, utf8), null);
    } catch (JsonProcessingException e) {
      throw new FrameException(
          ErrorCode.BAD_JSON, "not JSON: " + JsonInput.mistake(e), corr(parsers, utf8), e);
    } catch (IOException e) {
      throw new FrameException(ErrorCode.BAD_JSON, "not UTF-8", corr(parsers, utf8), e);
    } catch (IllegalArgumentException e) {
      throw new FrameException(
          ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), corr(parsers, utf8), e);
    }
  }

  private static <F> F rest(String op, JsonInput in, FrameReader<F> reader)
      throws IOException, UnknownOp {
    F frame = reader.read(op, in);
    if (frame == null) {
      throw new UnknownOp(op);
    }
    in.end();
    return frame;
  }

  private static @Nullable String find(String wanted, JsonParsers parsers, byte[] utf8)
      throws IOException {
    try (JsonInput in = JsonInput.object(parsers, utf8)) {
      for (String field = in.nextField(); field != null; field = in.nextField()) {
        if (field.equals(wanted)) {
          return in.string();
        }
        in.skip();
      }
      return null;
    }
  }

  /** The frame's {@code corr}, if it can be read for all that is wrong with the frame. */
  private static @Nullable String corr(JsonParsers parsers, byte[] utf8) {
    try {
      String corr = find("corr", parsers, utf8);
      return corr == null || corr.length() > Frame.MAX_CORR ? null : corr;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  /** Tells the op if it may be one that is misspelled; anything else might be a secret. */
  private static String unknown(String op) {
    return WORD.matcher(op).matches()
        ? "op '" + op + "' is unknown"
        : "op is unknown; it is a word such as PUBLISH";
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  private static final class UnknownOp extends Exception {
    private static final long serialVersionUID = 1L;
    private final String op;

    UnknownOp(String op) {
      super(op, null, false, false);
      this.op = op;
    }
  }
}
