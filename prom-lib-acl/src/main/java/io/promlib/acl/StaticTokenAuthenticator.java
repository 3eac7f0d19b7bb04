package io.promlib.acl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * One shared token, known beforehand, that never expires. Never blocks. Keeps the token's SHA-256
 * only, and compares digests in constant time, so that neither content nor length shows in how long
 * an answer takes.
 */
public final class StaticTokenAuthenticator implements Authenticator {

  /** The subject of every holder of the token. */
  public static final String SUBJECT = "static-token";

  private final byte[] expected;
  private final Identity identity;

  private StaticTokenAuthenticator(String token, Policy policy) {
    if (token.isBlank()) {
      throw new IllegalArgumentException("the token is blank: set a long random one");
    }
    this.expected = sha256(token);
    this.identity = new Identity(SUBJECT, policy, null);
  }

  /** A token that opens everything. */
  public static StaticTokenAuthenticator of(String token) {
    return of(token, Policy.allowAll());
  }

  /**
   * A token that opens what the policy allows. It should be long and random: its length is not
   * checked.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public static StaticTokenAuthenticator of(String token, Policy policy) {
    return new StaticTokenAuthenticator(token, policy);
  }

  @Override
  public Identity authenticate(String token) {
    if (token.isBlank()) {
      throw new AuthenticationException(
          AuthenticationException.Code.NO_TOKEN, "there is no token: send one");
    }
    if (!MessageDigest.isEqual(expected, sha256(token))) {
      throw new AuthenticationException(
          AuthenticationException.Code.BAD_TOKEN, "the token is not the one expected: check it");
    }
    return identity;
  }

  @Override
  public String toString() {
    return "StaticTokenAuthenticator";
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
