package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.jwt.JwtVerifier;
import io.promlib.testkit.ManualClock;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpJwtTest extends EdgeFixture {
  private static final String SECRET = "a-secret-of-the-tests-with-over-32-bytes";

  private final ManualClock clock = new ManualClock();

  @BeforeEach
  void verifyTokens() {
    JwtVerifier verifier =
        JwtVerifier.builder().secret(SECRET).audience("edge").clock(clock.wall()).build();
    restart(b -> b.timing(clock).auth(verifier));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String signed(String claims) {
    String text = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64(claims);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return text + "." + base64(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A token that is good for a minute. */
  private String token(String audience, String scope) {
    long end = clock.millis() / 1000 + 60;
    return signed(
        "{\"sub\":\"ann\",\"aud\":\"%s\",\"exp\":%d,\"scope\":\"%s\"}"
            .formatted(audience, end, scope));
  }

  private HttpResponse<String> publishWith(String token) {
    return send(
        request("/publish/in.a")
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString("1")));
  }

  private void assertInvalid(HttpResponse<String> answer, String code, String token) {
    assertError(answer, 401, code, "");
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .contains("Bearer error=\"invalid_token\"");
    assertThat(answer.body()).doesNotContain(token.substring(token.lastIndexOf('.')));
    assertThat(stored("in.a")).isEmpty();
  }

  @Test
  void aTokenWithTheScopeMayPublishUntilItExpires() {
    String token = token("edge", "openid publish:in.*");
    assertThat(publishWith(token).statusCode()).isEqualTo(200);
    clock.advance(Duration.ofMinutes(2));
    assertError(publishWith(token), 401, "token_expired", "");
    assertThat(stored("in.a")).hasSize(1);
  }

  @Test
  void aTokenForAnotherAudienceIsInvalid() {
    String token = token("another", "publish:in.*");
    assertInvalid(publishWith(token), "jwt_invalid", token);
  }

  @Test
  void aTokenWhoseSignatureDoesNotHoldIsInvalid() {
    String good = token("edge", "publish:in.*");
    String token =
        good.substring(0, good.lastIndexOf('.')) + "." + base64("no signature of that text at all");
    assertInvalid(publishWith(token), "jwt_invalid", token);
  }

  @Test
  void aTokenWithoutTheScopeIsForbidden() {
    assertError(publishWith(token("edge", "subscribe:in.*")), 403, "forbidden", "topic");
    assertError(publishWith(token("edge", "publish:out.*")), 403, "forbidden", "topic");
    assertThat(stored("in.a")).isEmpty();
  }
}
