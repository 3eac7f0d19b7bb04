package io.promlib.jwt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of tokens that held, by the SHA-256 of their text, so that neither the heap nor a
 * dump of it holds tokens for long. Past its size it forgets the one longest unused.
 */
final class VerifiedTokens {

  /** A SHA-256 as four numbers. */
  record Hash(long a, long b, long c, long d) {

    static Hash of(String token) {
      ByteBuffer digest;
      try {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
      return new Hash(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }
  }

  private final int size;
  private final Map<Hash, Verified> tokens = new LinkedHashMap<>(16, 0.75f, true);

  VerifiedTokens(int size) {
    this.size = size;
  }

  synchronized @Nullable Verified get(Hash hash) {
    return tokens.get(hash);
  }

  synchronized void put(Hash hash, Verified verified) {
    tokens.put(hash, verified);
    if (tokens.size() > size) {
      tokens.remove(tokens.keySet().iterator().next());
    }
  }

  synchronized void remove(Hash hash) {
    tokens.remove(hash);
  }

  synchronized int count() {
    return tokens.size();
  }
}
