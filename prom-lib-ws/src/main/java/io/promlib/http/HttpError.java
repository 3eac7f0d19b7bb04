package io.promlib.http;

import java.util.Optional;

/**
 * An answer that is an error. The message goes to the client: it says what to mend, and holds no
 * token and no path.
 */
final class HttpError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final long retrySeconds;
  private final boolean closes;

  HttpError(int status, String code, String message) {
    this(status, code, message, 0, false);
  }

  private HttpError(int status, String code, String message, long retrySeconds, boolean closes) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.retrySeconds = retrySeconds;
    this.closes = closes;
  }

  static HttpError badRequest(String message) {
    return new HttpError(400, "bad_request", message);
  }

  static HttpError unauthorized(String code, String message) {
    return new HttpError(401, code, message);
  }

  static HttpError forbidden(String message) {
    return new HttpError(403, "forbidden", message);
  }

  static HttpError notFound() {
    return new HttpError(
        404,
        "not_found",
        "there is nothing here; publish to /publish/{topic}, read /replay, /export, /snap/{topic}");
  }

  static HttpError tooLarge(String message) {
    return new HttpError(413, "too_large", message);
  }

  /** 429, with {@code Retry-After} in whole seconds, at least one. */
  static HttpError later(String code, String message, long waitMillis) {
    return new HttpError(429, code, message, Math.max(1, (waitMillis + 999) / 1000), false);
  }

  static HttpError internal(String message) {
    return new HttpError(500, "internal", message);
  }

  /** The same, and the connection ends with it. */
  HttpError closing() {
    return new HttpError(status, code, message(), retrySeconds, true);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /** Zero if there is no time to name. */
  long retrySeconds() {
    return retrySeconds;
  }

  boolean closes() {
    return closes;
  }

  /** What 401 asks for (RFC 6750, 3): the reason only where a token was given. */
  Optional<String> challenge() {
    if (status != 401) {
      return Optional.empty();
    }
    return Optional.of(
        code.equals(Gatekeeper.NO_TOKEN) ? "Bearer" : "Bearer error=\"invalid_token\"");
  }

  String message() {
    return String.valueOf(getMessage());
  }
}
