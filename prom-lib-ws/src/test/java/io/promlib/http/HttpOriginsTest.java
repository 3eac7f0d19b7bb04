package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class HttpOriginsTest extends EdgeFixture {
  private static final String APP = "https://app.example.org";
  private static final String PREFLIGHT =
      "OPTIONS /publish/t HTTP/1.1\r\nHost: edge.test\r\nAccess-Control-Request-Method: POST\r\n"
          + "Access-Control-Request-Headers: authorization, x-event-a, x-other\r\nOrigin: ";

  private static String from(String origin) {
    return head("/publish/t").replace("Host: x", "Host: edge.test")
        + "Origin: "
        + origin
        + "\r\n"
        + length(1)
        + "1";
  }

  @Test
  void aPageOfAnotherOriginIsRefusedBeforeAnythingElse() {
    for (String other : List.of("https://evil.test", "null", "http://edge.test.evil.test", "")) {
      RawHttp.Answer answer = raw(from(other), "");
      assertError(answer, 403, "forbidden", "origin");
      assertThat(answer.head()).doesNotContain("access-control");
      assertThat(
              raw("GET /healthz HTTP/1.1\r\nHost: edge.test\r\nOrigin: " + other + "\r\n\r\n", "")
                  .status())
          .isEqualTo(403);
    }
    assertError(
        raw(from("http://edge.test\r\nOrigin: https://evil.test"), ""), 403, "forbidden", "origin");
    assertThat(stored("t")).isEmpty();
  }

  @Test
  void aPageOfTheEdgesOwnHostMayPublishAndIsPromisedNothing() {
    RawHttp.Answer answer = raw(from("http://edge.test:9"), "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head()).doesNotContain("access-control");
  }

  @Test
  void aPreflightOfAnUnlistedPageIsGivenNoPermission() {
    RawHttp.Answer other = raw(PREFLIGHT + "https://evil.test\r\n\r\n", "");
    assertThat(other.status()).isEqualTo(403);
    assertThat(other.head()).doesNotContain("access-control");
    RawHttp.Answer own = raw(PREFLIGHT + "http://edge.test\r\n\r\n", "");
    assertThat(own.status()).isEqualTo(405);
    assertThat(own.head()).doesNotContain("access-control");
  }

  @Test
  void aListedPageIsToldThatItMay() {
    restart(b -> b.origins(List.of(APP)));
    RawHttp.Answer preflight = raw(PREFLIGHT + APP + "\r\n\r\n", "");
    assertThat(preflight.status()).isEqualTo(204);
    assertThat(preflight.head())
        .contains("access-control-allow-origin: " + APP + "\r\n")
        .contains(
            "access-control-allow-headers: authorization, content-type, if-none-match, x-event-a\r\n")
        .contains("vary: origin\r\n")
        .doesNotContain("credentials");
    RawHttp.Answer publish = raw(from(APP), "");
    assertThat(publish.status()).isEqualTo(200);
    assertThat(publish.head()).contains("access-control-allow-origin: " + APP + "\r\n");
    RawHttp.Answer refused = raw(from(APP).replace(TOKEN, "wrong"), "");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.head()).contains("access-control-allow-origin: " + APP + "\r\n");
    assertThat(raw(from("https://evil.test"), "").status()).isEqualTo(403);
  }

  @Test
  void whatIsNoOriginIsRefusedByName() {
    assertThatThrownBy(() -> HttpEdge.of(bus).origins(List.of("app.example.org/x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("app.example.org/x");
  }
}
