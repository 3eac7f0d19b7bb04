package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.acl.AclException;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.testkit.ManualClock;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HttpAccessTest extends EdgeFixture {
  private final ManualClock clock = new ManualClock();

  private static final class KeysAreAway extends AclException {
    private static final long serialVersionUID = 1L;

    KeysAreAway() {
      super("the keys of https://keys.internal are not there");
    }
  }

  private HttpResponse<String> with(String authorization) {
    return send(
        request("/publish/t")
            .header("Content-Type", "application/json")
            .header("Authorization", authorization)
            .POST(BodyPublishers.ofString("1")));
  }

  private static String challenge(HttpResponse<String> answer) {
    return answer.headers().firstValue("WWW-Authenticate").orElse("");
  }

  @Test
  void whoSendsNoBearerTokenIsAskedForOne() {
    for (String other : new String[] {"Basic eA==", "Bearer", "Bearer  ", "Bearerx", TOKEN}) {
      HttpResponse<String> answer = with(other);
      assertError(answer, 401, "no_token", "Authorization: Bearer");
      assertThat(challenge(answer)).isEqualTo("Bearer");
    }
    assertThat(with("bearer " + TOKEN).statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenThatIsNotGoodIsSaidToBeInvalid() {
    HttpResponse<String> answer = with("Bearer a-secret-guess");
    assertError(answer, 401, "bad_token", "token");
    assertThat(challenge(answer)).isEqualTo("Bearer error=\"invalid_token\"");
    assertThat(answer.body()).doesNotContain("guess");
  }

  @Test
  void aTokenBeyondItsLimitIsNotEvenLookedAt() {
    AtomicInteger looks = new AtomicInteger();
    restart(
        b ->
            b.auth(
                token -> {
                  looks.incrementAndGet();
                  return StaticTokenAuthenticator.of(TOKEN).authenticate(token);
                }));
    assertError(with("Bearer " + "x".repeat((16 << 10) + 1)), 401, "bad_token", "16384");
    assertThat(looks).hasValue(0);
  }

  @Test
  void twoAuthorizationHeadersAreRefused() {
    RawHttp.Answer answer =
        raw(head("/publish/t") + "Authorization: Bearer other\r\n" + length(1) + "1", "");
    assertError(answer, 400, "bad_request", "one Authorization");
    assertThat(stored("t")).isEmpty();
  }

  @Test
  void anAddressMayGuessSoOftenAndThenNoTokenOfItIsLookedAt() {
    HttpLimits limits = HttpLimits.builder().failedLoginRate(2).build();
    restart(b -> b.timing(clock).limits(limits));
    for (int i = 0; i < 2; i++) {
      assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
      assertError(with("Bearer wrong"), 401, "bad_token", "token");
    }
    HttpResponse<String> refused = publish("/publish/t", "1");
    assertError(refused, 429, "rate_limited", "tokens from this address");
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    assertError(send(request("/publish/t").POST(BodyPublishers.noBody())), 401, "no_token", "send");
    try (RawHttp other = RawHttp.dial(edge.address(), 2)) {
      other.write(head("/publish/t") + length(1) + "1");
      assertThat(other.answer().status()).isEqualTo(200);
    }
    clock.advance(Duration.ofSeconds(1));
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenThatCannotBeCheckedIsNobodysGuess() {
    HttpLimits limits = HttpLimits.builder().failedLoginRate(1).build();
    restart(
        b ->
            b.timing(clock)
                .limits(limits)
                .auth(
                    token -> {
                      throw new KeysAreAway();
                    }));
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> answer = publish("/publish/t", "1");
      assertError(answer, 500, "internal", "try again later");
      assertThat(answer.body()).doesNotContain("keys");
    }
  }
}
