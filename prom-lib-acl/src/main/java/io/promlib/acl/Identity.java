package io.promlib.acl;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a token speaks for, what it may do, and how long.
 *
 * @param subject never blank; a session may take a fresh token of the same subject only
 * @param policy what it may do
 * @param expiresAt the first instant at which the token is no longer good; null if it never ends
 */
public record Identity(String subject, Policy policy, @Nullable Instant expiresAt) {

  /** Checks the subject. */
  public Identity {
    if (subject.isBlank()) {
      throw new IllegalArgumentException("subject is blank: name who the token speaks for");
    }
  }

  /** True from {@link #expiresAt} on. */
  public boolean isExpired(Instant now) {
    return expiresAt != null && !now.isBefore(expiresAt);
  }
}
