package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.ws.internal.InboundBudget;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.junit.jupiter.api.Test;

class LimitedDraftFuzzTest {
  private static final int ROUNDS = 5_000;
  private static final int BEFORE_AUTH = 300;
  private static final int AFTER_AUTH = 68_000;
  private static final FrameStreams STREAMS =
      new FrameStreams(
          List.of(
              "{\"op\":\"AUTH\"}".getBytes(StandardCharsets.UTF_8),
              "a text of some length ".repeat(20).getBytes(StandardCharsets.UTF_8)));

  @Test
  void anyBytesInAnyPiecesAreReadAsTheRfcHasThem() {
    Fuzz.run(
        getClass(),
        "streams",
        ROUNDS,
        STREAMS,
        stream -> {
          Told told = read(stream, AFTER_AUTH * 4);
          assertThat(told.lines).isEqualTo(PlainReader.read(stream, BEFORE_AUTH, AFTER_AUTH));
          return told.lines.stream().noneMatch(Told::isEnd);
        });
  }

  @Test
  void aSpentBudgetEndsTheConnectionAndNothingElseChanges() {
    Fuzz.run(
        getClass(),
        "budget",
        ROUNDS,
        STREAMS,
        stream -> {
          Told told = read(stream, 350);
          List<String> unbounded = PlainReader.read(stream, BEFORE_AUTH, AFTER_AUTH);
          boolean spent = told.lines.remove("over budget");
          assertThat(unbounded).startsWith(told.lines.toArray(String[]::new));
          assertThat(spent || unbounded.equals(told.lines)).isTrue();
          return !spent;
        });
  }

  /** Hands the stream to a draft in pieces that follow from it. */
  private static Told read(byte[] stream, long bytes) {
    InboundBudget budget = new InboundBudget(bytes);
    Told told = new Told(budget);
    LimitedDraft draft = new LimitedDraft();
    draft.open(told);
    Random random = new Random(Arrays.hashCode(stream));
    int most = 1 + random.nextInt(random.nextBoolean() ? 8 : stream.length + 1);
    for (int at = 0; at < stream.length; ) {
      int end = Math.min(stream.length, at + 1 + random.nextInt(most));
      ByteBuffer piece = ByteBuffer.wrap(Arrays.copyOfRange(stream, at, end));
      for (Framedata close : draft.translateFrame(piece)) {
        told.lines.add("close " + ((CloseFrame) close).getCloseCode());
      }
      assertThat(piece.hasRemaining()).isFalse();
      assertThat(told.share.held()).isBetween(0L, (long) told.frameLimit());
      at = end;
    }
    told.share.close();
    assertThat(budget.free()).as("all is given back").isEqualTo(bytes);
    return told;
  }

  /** A connection that writes down what it is told, and is authenticated by its first text. */
  private static final class Told implements FramePeer {
    final List<String> lines = new ArrayList<>();
    final InboundBudget.Share share;
    private boolean anyText;

    Told(InboundBudget budget) {
      share = new InboundBudget.Share(budget);
    }

    static boolean isEnd(String line) {
      return !line.startsWith("text ") && !line.startsWith("ping ");
    }

    @Override
    public int frameLimit() {
      return anyText ? AFTER_AUTH : BEFORE_AUTH;
    }

    @Override
    public InboundBudget.Share inbound() {
      return share;
    }

    @Override
    public void onText(byte[] bytes, int size) {
      anyText = true;
      lines.add(PlainReader.text(Arrays.copyOf(bytes, size)));
      share.give(bytes.length);
    }

    @Override
    public void onPause() {}

    @Override
    public void onBinary() {
      lines.add("binary");
    }

    @Override
    public void onPing(byte[] data) {
      lines.add("ping " + HexFormat.of().formatHex(data));
    }

    @Override
    public void tooLarge(int limit) {
      lines.add("too large");
    }

    @Override
    public void overBudget() {
      lines.add("over budget");
    }

    @Override
    public void onProtocolError(int code, String reason) {
      assertThat(reason).isNotBlank();
      lines.add("error " + code);
    }
  }
}
