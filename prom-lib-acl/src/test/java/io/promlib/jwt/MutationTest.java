package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.promlib.acl.AuthenticationException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No text but the token itself is accepted, and no refusal tells anything of it. */
class MutationTest {

  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  @Test
  void aChangedTokenWithASharedSecretNeverHolds() {
    JwtVerifier verifier =
        JwtVerifier.builder().secret(SECRET).clock(() -> Instant.ofEpochSecond(NOW)).build();
    String token = Tokens.hs256(CLAIMS);
    assertThat(verifier.authenticate(token).subject()).isEqualTo("ann");
    mutate(verifier, token, 5_000);
  }

  @Test
  void aChangedTokenWithAnEcdsaKeyNeverHolds() {
    changedNeverHolds("{\"alg\":\"ES256\",\"kid\":\"p\"}", Keys.P256.getPrivate());
  }

  @Test
  void aChangedTokenWithAnRsaKeyNeverHolds() {
    changedNeverHolds("{\"alg\":\"PS256\",\"kid\":\"r\"}", Keys.RSA.getPrivate());
  }

  @Test
  void aChangedTokenWithAnEdwardsKeyNeverHolds() {
    changedNeverHolds("{\"alg\":\"EdDSA\",\"kid\":\"e\"}", Keys.ED25519.getPrivate());
  }

  @Test
  void everyOtherLastCharacterIsRefused() {
    JwtVerifier verifier =
        JwtVerifier.builder().secret(SECRET).clock(() -> Instant.ofEpochSecond(NOW)).build();
    String token = Tokens.hs256(CLAIMS);
    int accepted = 0;
    for (int i = 0; i < ALPHABET.length(); i++) {
      try {
        verifier.authenticate(token.substring(0, token.length() - 1) + ALPHABET.charAt(i));
        accepted++;
      } catch (AuthenticationException e) {
        Refusals.tellsNothing(e, token);
      }
    }
    assertThat(accepted).isEqualTo(1);
  }

  private static void changedNeverHolds(String header, java.security.Key key) {
    String keys =
        jwks(
            jwk(Keys.P256.getPublic(), kid("p")),
            jwk(Keys.RSA.getPublic(), kid("r")),
            jwk(Keys.ED25519.getPublic(), kid("e")));
    try (KeyServer server = new KeyServer(keys)) {
      JwtVerifier verifier = server.verifier().clock(() -> Instant.ofEpochSecond(NOW)).build();
      String token = signed(header, CLAIMS, key);
      assertThat(verifier.authenticate(token).subject()).isEqualTo("ann");
      mutate(verifier, token, 500);
    }
  }

  private static void mutate(JwtVerifier verifier, String token, int times) {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < times; i++) {
      String changed = change(random, token);
      if (changed.equals(token)) {
        continue;
      }
      try {
        verifier.authenticate(changed);
        fail("accepted a changed token, seed %d, round %d", seed, i);
      } catch (AuthenticationException e) {
        Refusals.tellsNothing(e, changed);
        Refusals.tellsNothing(e, token);
      }
    }
  }

  private static String change(Random random, String token) {
    StringBuilder text = new StringBuilder(token);
    for (int n = random.nextInt(3); n >= 0; n--) {
      int at = random.nextInt(Math.max(1, text.length() - 1));
      switch (random.nextInt(7)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, any(random));
        case 2 -> text.setCharAt(at, any(random));
        case 3 -> text.setCharAt(at, ALPHABET.charAt(random.nextInt(64)));
        case 4 -> text.setLength(Math.max(4, at));
        case 5 -> text.append(random.nextBoolean() ? "=" : ".");
        default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 9)));
      }
    }
    return text.toString();
  }

  private static char any(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> (char) random.nextInt(65_536);
      case 1 -> "=.+/ \n\0%".charAt(random.nextInt(8));
      default -> ALPHABET.charAt(random.nextInt(64));
    };
  }
}
