package io.promlib.ws;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An authenticator that knows the tokens it was given, and waits where a test wants it to. */
final class Tokens implements Authenticator {
  static final String SUBJECT = "alice";

  private final Map<String, Identity> known = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> asked = new ConcurrentHashMap<>();
  private final AtomicInteger checks = new AtomicInteger();

  /** A token of {@link #SUBJECT}. */
  Tokens with(String token, Policy policy, @Nullable Instant expiresAt) {
    return with(token, new Identity(SUBJECT, policy, expiresAt));
  }

  Tokens with(String token, Policy policy) {
    return with(token, policy, null);
  }

  Tokens with(String token, Identity identity) {
    known.put(token, identity);
    return this;
  }

  /** A check of this token does not end until {@link #release}. */
  void hold(String token) {
    held.put(token, new CountDownLatch(1));
    asked.put(token, new CountDownLatch(1));
  }

  /** Returns when the check of a held token has begun. */
  void awaitAsked(String token) {
    Latches.await(asked.get(token));
  }

  void release(String token) {
    held.get(token).countDown();
  }

  /** How many tokens were looked at. */
  int checks() {
    return checks.get();
  }

  @Override
  public Identity authenticate(String token) {
    checks.incrementAndGet();
    CountDownLatch gate = held.get(token);
    if (gate != null) {
      asked.get(token).countDown();
      Latches.await(gate);
    }
    if (token.equals("broken")) {
      throw new IllegalStateException("a bug");
    }
    Identity identity = known.get(token);
    if (identity == null) {
      throw new AuthenticationException(
          AuthenticationException.Code.BAD_TOKEN, "the token is not known");
    }
    return identity;
  }

  static String auth(String token) {
    return "{'op':'AUTH','token':'" + token + "'}";
  }
}
