package io.promlib.ops;

/**
 * An answer that is an error. The message goes to the client: it says what to mend, and holds no
 * token and no path.
 */
final class OpsError extends Exception {
  static final String NO_TOKEN = "no_token";

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  OpsError(int status, String code, String message) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
  }

  static OpsError badRequest(String message) {
    return new OpsError(400, "bad_request", message);
  }

  static OpsError unauthorized(String code, String message) {
    return new OpsError(401, code, message);
  }

  static OpsError forbidden(String message) {
    return new OpsError(403, "forbidden", message);
  }

  static OpsError notFound(String message) {
    return new OpsError(404, "not_found", message);
  }

  static OpsError tooMany(String message) {
    return new OpsError(429, "too_many", message);
  }

  static OpsError unavailable(String message) {
    return new OpsError(503, "unavailable", message);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /** Whether it is worth trying again in a second. */
  boolean passes() {
    return status == 429 || status == 503;
  }

  String message() {
    return String.valueOf(getMessage());
  }
}
