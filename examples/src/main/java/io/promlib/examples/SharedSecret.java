package io.promlib.examples;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** {@code JWT_SECRET}: what {@code token} signs with, and {@code event-gateway} checks. */
record SharedSecret(String text) {
  static final String VARIABLE = "JWT_SECRET";

  /** As long as the hash of HS256 (RFC 7518, section 3.2). */
  private static final int LEAST_BYTES = 32;

  SharedSecret {
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length < LEAST_BYTES) {
      throw new UsageException(
          "%s has %d bytes: it needs at least %d, chosen at random"
              .formatted(VARIABLE, length, LEAST_BYTES));
    }
  }

  /**
   * The secret, if the variable is set.
   *
   * @throws UsageException naming the variable, if it is too short
   */
  static Optional<SharedSecret> of(Environment environment) {
    return environment.secret(VARIABLE).map(SharedSecret::new);
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "SharedSecret";
  }
}
