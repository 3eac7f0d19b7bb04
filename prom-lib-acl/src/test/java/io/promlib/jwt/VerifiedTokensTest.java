package io.promlib.jwt;

import static io.promlib.jwt.Refusals.invalid;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.claims;
import static io.promlib.jwt.Tokens.hs256;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.acl.Identity;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class VerifiedTokensTest {

  private static JwtVerifierBuilder builder() {
    return JwtVerifier.builder().secret(SECRET).clock(() -> Instant.ofEpochSecond(NOW));
  }

  @Test
  void aTokenSeenBeforeIsNotVerifiedAgain() {
    JwtVerifier verifier = builder().build();
    Identity first = verifier.authenticate(hs256(CLAIMS));
    assertThat(verifier.authenticate(hs256(CLAIMS))).isSameAs(first);
  }

  @Test
  void itForgetsTheOneLongestUnusedPastItsSize() {
    JwtVerifier verifier = builder().cacheSize(2).build();
    String[] tokens = new String[3];
    Identity[] first = new Identity[3];
    for (int i = 0; i < 3; i++) {
      tokens[i] = hs256(claims("\"n\":" + i));
    }
    first[0] = verifier.authenticate(tokens[0]);
    first[1] = verifier.authenticate(tokens[1]);
    verifier.authenticate(tokens[0]);
    first[2] = verifier.authenticate(tokens[2]);
    assertThat(verifier.authenticate(tokens[0])).isSameAs(first[0]);
    assertThat(verifier.authenticate(tokens[2])).isSameAs(first[2]);
    assertThat(verifier.authenticate(tokens[1])).isNotSameAs(first[1]).isEqualTo(first[1]);
  }

  @Test
  void withoutASizeNothingIsRemembered() {
    JwtVerifier verifier = builder().cacheSize(0).build();
    Identity first = verifier.authenticate(hs256(CLAIMS));
    assertThat(verifier.authenticate(hs256(CLAIMS))).isNotSameAs(first).isEqualTo(first);
    assertThat(verifier.remembered()).isZero();
  }

  @Test
  void refusedTokensAreNotRemembered() {
    JwtVerifier verifier = builder().build();
    for (int i = 0; i < 1_000; i++) {
      invalid(verifier, hs256("{\"exp\":1700000060,\"n\":" + i + "}"), "sub");
    }
    assertThat(verifier.remembered()).isZero();
  }

  @Test
  void itHoldsNoMoreThanItsSize() {
    JwtVerifier verifier = builder().cacheSize(100).build();
    for (int i = 0; i < 1_000; i++) {
      verifier.authenticate(hs256(claims("\"n\":" + i)));
    }
    assertThat(verifier.remembered()).isEqualTo(100);
  }
}
