package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import io.promlib.ws.internal.InboundBudget;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a request's body: as it arrives, within a limit and a budget. */
final class Body {
  /** What is read and dropped before a refusal, so that the client gets to read it. */
  private static final int PASSED_OVER = 4 << 20;

  private static final int FIRST_BUFFER = 8 << 10;

  private Body() {}

  static byte[] read(HttpExchange exchange, int limit, InboundBudget.Share budget)
      throws IOException, HttpError {
    InputStream in = exchange.getRequestBody();
    byte[] bytes = new byte[0];
    int size = 0;
    while (true) {
      if (size == bytes.length) {
        bytes = grow(bytes, limit, budget);
      }
      int read = in.read(bytes, size, bytes.length - size);
      if (read < 0) {
        return Arrays.copyOf(bytes, size);
      }
      size += read;
      if (size > limit) {
        throw HttpError.tooLarge("a body may have at most " + limit + " bytes");
      }
    }
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
  static void passOver(HttpExchange exchange) throws IOException {
    InputStream in = exchange.getRequestBody();
    byte[] dropped = new byte[FIRST_BUFFER];
    for (int left = PASSED_OVER; left > 0; ) {
      int read = in.read(dropped);
      if (read < 0) {
        return;
      }
      left -= read;
    }
  }
}
