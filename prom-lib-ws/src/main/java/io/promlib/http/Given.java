package io.promlib.http;

import io.promlib.bus.UnknownPositionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks what a client gave, and names it where it does not do. */
final class Given {
  static final int MOST_EVENTS = 10_000;
  private static final int EVENTS = 1000;

  private Given() {}

  /** The answer of a check that throws what the bus throws. */
  static <V> V of(String field, Supplier<V> check) throws HttpError {
    try {
      return check.get();
    } catch (IllegalArgumentException | UnknownPositionException e) {
      String message = String.valueOf(e.getMessage());
      throw HttpError.badRequest(message.startsWith(field) ? message : field + ": " + message);
    }
  }

  /** How many events an answer may hold. */
  static int limit(Query query) throws HttpError {
    Long given = query.number("limit", "a whole number from 1 to " + MOST_EVENTS);
    if (given == null) {
      return EVENTS;
    }
    if (given < 1 || given > MOST_EVENTS) {
      throw HttpError.badRequest("limit must be a whole number from 1 to " + MOST_EVENTS);
    }
    return given.intValue();
  }

  /** A position. */
  static @Nullable Long seq(Query query, String field, long least) throws HttpError {
    String what = "a whole number from " + least + " on";
    Long given = query.number(field, what);
    if (given != null && given < least) {
      throw HttpError.badRequest(field + " must be " + what);
    }
    return given;
  }
}
