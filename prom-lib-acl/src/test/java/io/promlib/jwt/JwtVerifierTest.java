package io.promlib.jwt;

import static io.promlib.jwt.Refusals.refused;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.claims;
import static io.promlib.jwt.Tokens.hs256;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.acl.Action;
import io.promlib.acl.AuthenticationException.Code;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtVerifierTest {

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(NOW));
  private final JwtVerifier verifier = builder().build();

  private JwtVerifierBuilder builder() {
    return JwtVerifier.builder().secret(SECRET).clock(now::get);
  }

  @Test
  void aGoodTokenSaysWhoAndWhatAndHowLong() {
    Identity who = verifier.authenticate(hs256(CLAIMS));

    assertThat(who.subject()).isEqualTo("ann");
    assertThat(who.policy().allows(Action.PUBLISH, "a")).isTrue();
    assertThat(who.policy().allows(Action.PUBLISH, "b")).isFalse();
    assertThat(who.policy().allowsRead("a")).isFalse();
    assertThat(who.expiresAt()).isEqualTo(Instant.ofEpochSecond(NOW + 60 + 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void aBlankTokenIsNone(String token) {
    refused(verifier, token, Code.NO_TOKEN).hasMessage("there is no token: send one");
  }

  @Test
  void itExpiresWhenItsIdentityDoes() {
    String token = hs256(CLAIMS);
    for (JwtVerifier any : new JwtVerifier[] {verifier, builder().cacheSize(0).build()}) {
      Instant end = Instant.ofEpochSecond(NOW + 65);
      now.set(end.minusMillis(1));
      Identity who = any.authenticate(token);
      assertThat(who.isExpired(now.get())).isFalse();
      now.set(end);
      assertThat(who.isExpired(now.get())).isTrue();
      refused(any, token, Code.TOKEN_EXPIRED).hasMessageStartingWith("exp: ");
    }
  }

  @Test
  void theToleranceIsASetting() {
    JwtVerifier strict = builder().clockToleranceSec(0).build();
    String token = hs256(claims("\"nbf\":" + NOW));
    assertThat(strict.authenticate(token).expiresAt()).isEqualTo(Instant.ofEpochSecond(NOW + 60));
    now.set(Instant.ofEpochSecond(NOW).minusMillis(1));
    refused(strict, token, Code.JWT_INVALID).hasMessageStartingWith("nbf: ");
    assertThat(builder().clockToleranceSec(1).build().authenticate(token)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nbf", "iat"})
  void aTokenThatIsNotYetGoodIsRefusedAlsoWhenItWasSeenBefore(String claim) {
    String token = hs256(claims("\"" + claim + "\":" + NOW));
    verifier.authenticate(token);
    now.set(Instant.ofEpochSecond(NOW - 5));
    verifier.authenticate(token);
    now.set(Instant.ofEpochSecond(NOW - 6));
    refused(verifier, token, Code.JWT_INVALID).hasMessageStartingWith(claim + ": ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\"",
        "true",
        "[]",
        "{}",
        "null",
        "-1",
        "-1e9",
        "1e400",
        "1e99",
        "253402300800",
        "99999999999999999999999999999999",
        "\"1700000060\""
      })
  void whatIsNoSensibleTimeIsRefused(String time) {
    for (String claim : new String[] {"exp", "nbf", "iat"}) {
      String other = claim.equals("exp") ? "\"sub\":\"ann\"" : "\"sub\":\"ann\",\"exp\":1700000060";
      String token = hs256("{" + other + ",\"" + claim + "\":" + time + "}");
      refused(verifier, token, Code.JWT_INVALID)
          .hasMessage(claim + ": must be a number of seconds since 1970, before the year 10000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "0x10", "1700000060.", "01"})
  void whatIsNoJsonNumberIsRefused(String time) {
    refused(verifier, hs256("{\"sub\":\"ann\",\"exp\":" + time + "}"), Code.JWT_INVALID)
        .hasMessageStartingWith("claims: ");
  }

  @Test
  void aTimeMayHaveAFraction() {
    Identity who = verifier.authenticate(hs256("{\"sub\":\"ann\",\"exp\":1700000060.25}"));
    assertThat(who.expiresAt()).isEqualTo(Instant.ofEpochMilli(1_700_000_065_250L));
    assertThat(verifier.authenticate(hs256("{\"sub\":\"ann\",\"exp\":1.70000006e9}")).expiresAt())
        .isEqualTo(Instant.ofEpochSecond(NOW + 65));
  }

  @Test
  void aNumberOfMoreThanAHundredDigitsIsRefused() {
    refused(verifier, hs256(claims("\"x\":" + "1".repeat(101))), Code.JWT_INVALID)
        .hasMessageStartingWith("claims: ");
    assertThat(verifier.authenticate(hs256(claims("\"x\":" + "1".repeat(100))))).isNotNull();
  }

  @Test
  void theSubjectIsRequiredAndBounded() {
    for (String sub : new String[] {"", "\"sub\":7,", "\"sub\":\" \",", "\"sub\":null,"}) {
      refused(verifier, hs256("{" + sub + "\"exp\":1700000060}"), Code.JWT_INVALID)
          .hasMessageStartingWith("sub: is missing");
    }
    String longest = "a".repeat(255);
    assertThat(verifier.authenticate(hs256(withSubject(longest))).subject()).isEqualTo(longest);
    refused(verifier, hs256(withSubject(longest + "a")), Code.JWT_INVALID)
        .hasMessage("sub: may have 255 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\nb", "a\\u0000", "a\\u2028b", "a\\u202eb", "a\\ud800"})
  void aSubjectThatCouldForgeALogLineIsRefused(String subject) {
    refused(verifier, hs256(withSubject(subject)), Code.JWT_INVALID)
        .hasMessageStartingWith("sub: holds a control character");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "\"policy\":{}; policy: rules must be an array",
        "\"policy\":null; policy: rules must be an array",
        "\"policy\":{\"rules\":[{\"effect\":\"allow\"}]}; policy: rules[0].action is missing",
        "\"scopes\":\"publish:a\"; scopes: must be an array of strings",
        "\"scopes\":[\"publish:a\",7]; scopes: scopes[1] is no string",
        "\"scopes\":[\"publish:a\",\"read:a\"]; scopes: scopes[1] \"read:a\": begin with publish",
        "\"scope\":[\"publish:a\"]; scope: must be a string of words",
      })
  void aMalformedPolicyIsRefusedByItsEntry(String claim, String message) {
    refused(verifier, hs256(claims(claim)), Code.JWT_INVALID).hasMessageStartingWith(message);
  }

  @Test
  void thePolicyWinsOverScopesAndScopesOverScope() {
    String policy = "\"policy\":{\"rules\":[]},";
    String scopes = "\"scopes\":[\"subscribe:b\"],";
    String scope = "\"scope\":\"publish:a openid\"";
    assertThat(policyOf(policy + scopes + scope)).isEqualTo(Policy.denyAll());
    assertThat(policyOf(scopes + scope)).isEqualTo(Policy.allow(Action.SUBSCRIBE, "b").build());
    assertThat(policyOf(scope)).isEqualTo(Policy.allow(Action.PUBLISH, "a").build());
    assertThat(policyOf("\"x\":1")).isEqualTo(Policy.denyAll());
  }

  @Test
  void theIssuerIsCheckedWhereOneIsSet() {
    JwtVerifier picky = builder().issuer("https://a").build();
    assertThat(picky.authenticate(hs256(claims("\"iss\":\"https://a\"")))).isNotNull();
    for (String iss : new String[] {"\"https://a/\"", "7", "null", "[\"https://a\"]"}) {
      refused(picky, hs256(claims("\"iss\":" + iss)), Code.JWT_INVALID)
          .hasMessageStartingWith("iss: ");
    }
    refused(picky, hs256(CLAIMS), Code.JWT_INVALID).hasMessageStartingWith("iss: ");
  }

  @Test
  void theAudienceIsCheckedWhereOneIsSet() {
    JwtVerifier picky = builder().audience("prom").build();
    assertThat(picky.authenticate(hs256(claims("\"aud\":\"prom\"")))).isNotNull();
    assertThat(picky.authenticate(hs256(claims("\"aud\":[\"x\",\"prom\"]")))).isNotNull();
    for (String aud :
        new String[] {"\"Prom\"", "[]", "[7]", "null", "{\"prom\":1}", "[[\"prom\"]]"}) {
      refused(picky, hs256(claims("\"aud\":" + aud)), Code.JWT_INVALID)
          .hasMessageStartingWith("aud: ");
    }
    refused(picky, hs256(CLAIMS), Code.JWT_INVALID).hasMessageStartingWith("aud: ");
  }

  @Test
  void aTokenMayHave8KibAndNoMore() {
    String token = hs256(CLAIMS);
    assertThat(builder().maxTokenBytes(token.length()).build().authenticate(token)).isNotNull();
    refused(builder().maxTokenBytes(token.length() - 1).build(), token, Code.BAD_TOKEN)
        .hasMessageStartingWith("the token has more than ");
    refused(verifier, hs256(claims("\"x\":\"" + "a".repeat(8_192) + "\"")), Code.BAD_TOKEN)
        .hasMessageStartingWith("the token has more than 8192 bytes");
  }

  @Test
  void itDoesNotShowItsSecret() {
    assertThat(verifier).hasToString("JwtVerifier");
  }

  private Policy policyOf(String claims) {
    return verifier.authenticate(hs256(claims(claims))).policy();
  }

  private static String withSubject(String subject) {
    return "{\"exp\":1700000060,\"sub\":\"" + subject + "\"}";
  }
}
