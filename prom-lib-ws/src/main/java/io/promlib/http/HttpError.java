package io.promlib.http;

/**
 * An answer that is an error. The message goes to the client: it says what to mend, and holds no
 * token and no path.
 */
final class HttpError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final long retrySeconds;

  HttpError(int status, String code, String message) {
    this(status, code, message, 0);
  }

  private HttpError(int status, String code, String message, long retrySeconds) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.retrySeconds = retrySeconds;
  }

  static HttpError badRequest(String message) {
    return new HttpError(400, "bad_request", message);
  }

  static HttpError tooLarge(String message) {
    return new HttpError(413, "too_large", message);
  }

  static HttpError notFound() {
    return new HttpError(404, "not_found", "there is nothing here; publish to /publish/{topic}");
  }

  /** 429, with {@code Retry-After} in whole seconds. */
  static HttpError later(String code, String message, long waitMillis) {
    return new HttpError(429, code, message, Math.max(1, (waitMillis + 999) / 1000));
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

  String message() {
    return String.valueOf(getMessage());
  }
}
