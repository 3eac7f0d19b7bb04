package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import io.promlib.ws.internal.InboundBudget;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** A request's body: read as it arrives, within a limit and a budget. */
final class Body {
  /** What is passed over after a refusal, so that the client gets to read it. */
  private static final int PASSED_OVER = 4 << 20;

  /** The JDK's server passes over as much by itself and keeps the connection. */
  private static final int SMALL = 64 << 10;

  private static final int FIRST_BUFFER = 8 << 10;
  private static final int CHUNKED = -1;

  private final InputStream in;
  private final String declared;
  private final long length;
  private boolean ended;

  Body(HttpExchange exchange) {
    in = exchange.getRequestBody();
    boolean chunked = exchange.getRequestHeaders().containsKey("Transfer-Encoding");
    String given = exchange.getRequestHeaders().getFirst("Content-Length");
    declared = given == null ? "0" : given;
    length = chunked ? CHUNKED : declared.matches("[0-9]{1,18}") ? Long.parseLong(declared) : 0;
    ended = length == 0;
  }

  /**
   * Refuses a length in a spelling that others may read otherwise, such as {@code +5} (RFC 9112,
   * 6.3).
   */
  void requireDigits() throws HttpError {
    if (length == 0 && !declared.matches("0{1,18}")) {
      throw HttpError.badRequest("Content-Length must be digits").closing();
    }
  }

  void requireNone() throws HttpError {
    if (length != 0) {
      throw HttpError.badRequest("send this request without a body");
    }
  }

  /** Whether the rest is more than is worth waiting for to keep the connection. */
  boolean isMuchLeft() {
    return !ended && (length == CHUNKED || length > SMALL);
  }

  /** All of it, if it has at most {@code limit} bytes; a declared length is believed at once. */
  byte[] read(int limit, InboundBudget.Share budget) throws IOException, HttpError {
    if (length > limit) {
      throw tooLarge(limit);
    }
    byte[] bytes = new byte[0];
    int size = 0;
    while (true) {
      if (size == bytes.length) {
        bytes = grow(bytes, limit, budget);
      }
      int read = some(bytes, size);
      if (read < 0) {
        ended = true;
        return Arrays.copyOf(bytes, size);
      }
      size += read;
      if (size > limit) {
        throw tooLarge(limit);
      }
    }
  }

  private int some(byte[] bytes, int from) throws IOException, HttpError {
    try {
      return in.read(bytes, from, bytes.length - from);
    } catch (IndexOutOfBoundsException e) {
      // So the JDK's server meets a chunk whose length is beyond 31 bits.
      throw HttpError.badRequest("a chunk's length is out of range").closing();
    }
  }

  private static HttpError tooLarge(int limit) {
    return HttpError.tooLarge("a body may have at most " + limit + " bytes").closing();
  }

  private static byte[] grow(byte[] bytes, int limit, InboundBudget.Share budget) throws HttpError {
    int size = (int) Math.min(Math.max(FIRST_BUFFER, bytes.length * 2L), limit + 1L);
    if (!budget.take((long) size - bytes.length)) {
      throw HttpError.later(
          "too_many", "the edge holds as many received bytes as it may; try again", 1000);
    }
    return Arrays.copyOf(bytes, size);
  }

  /** Takes what is left off the connection, if it is not much. */
  void passOver() throws IOException {
    byte[] dropped = new byte[FIRST_BUFFER];
    for (int left = PASSED_OVER; left > 0 && !ended; ) {
      int read = in.read(dropped);
      ended = read < 0;
      left -= read;
    }
  }
}
