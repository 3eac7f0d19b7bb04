package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.EventBus;
import io.promlib.ops.Ops.Got;
import io.promlib.testkit.ManualClock;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, by host name, by page, by token. */
class OpsAccessTest {
  private static final List<String> OF_A_TOPIC =
      List.of(
          "/groups?topic=orders",
          "/cursors?topic=orders",
          "/lag?topic=orders&group=mailer",
          "/latest-by-key?topic=orders&key=k",
          "/snapshots?topic=orders",
          "/dlq?topic=orders");
  private static final List<String> OF_ALL =
      List.of("/topics", "/groups", "/dlq", "/outbox", "/clients", "/metrics");

  private Ops ops;

  @BeforeEach
  void start() {
    ops = Ops.start(builder -> builder.hosts(List.of("ops.example.org")));
  }

  @AfterEach
  void close() {
    ops.close();
  }

  private String asked(String host) {
    return ops.raw("GET /topics HTTP/1.1", "Host: " + host);
  }

  @Test
  void readsOnLoopbackAskForATokenWhereTheyAreNotOpen() {
    try (Ops closed = Ops.start(builder -> builder.openReads(false))) {
      for (String path : List.of("/topics", "/groups", "/dlq", "/status", "/readyz")) {
        assertThat(closed.get(path).status()).as(path).isEqualTo(401);
        assertThat(closed.get(path, Ops.READER).status()).as(path).isEqualTo(200);
      }
      assertThat(closed.get("/topics", Ops.ORDERS_ONLY).status()).isEqualTo(403);
      assertThat(closed.get("/").status()).isEqualTo(200);
      assertThat(closed.get("/healthz").status()).isEqualTo(200);
    }
    try (EventBus bus = EventBus.inMemory()) {
      OpsServer.Builder nobody = OpsServer.of(bus).port(0).openReads(false);
      assertThatThrownBy(nobody::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("auth(");
    }
  }

  @Test
  void onLoopbackReadingIsOpenUnderItsOwnNames() {
    for (String host :
        List.of(
            "127.0.0.1:" + ops.port(), "localhost", "LOCALHOST:80", "[::1]:1", "ops.example.org")) {
      assertThat(asked(host)).startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8082",
        "",
        "a b",
        "@"
      })
  void anotherHostNameIsRefused(String host) {
    assertThat(asked(host)).startsWith("HTTP/1.1 403").contains("\"forbidden\"");
    assertThat(ops.raw("GET / HTTP/1.1", "Host: " + host)).startsWith("HTTP/1.1 403");
  }

  @Test
  void noHostOrTwoAreRefused() {
    assertThat(ops.raw("GET /topics HTTP/1.1")).startsWith("HTTP/1.1 403");
    assertThat(ops.raw("GET /topics HTTP/1.1", "Host: localhost", "Host: localhost"))
        .startsWith("HTTP/1.1 403");
  }

  @Test
  void pagesOfOtherOriginsAreRefusedAndItsOwnAreNot() {
    String own = "127.0.0.1:" + ops.port();
    for (String origin :
        List.of(
            "http://evil.example",
            "null",
            "http://127.0.0.1:1",
            "http://" + own + ".evil.example")) {
      assertThat(ops.raw("GET /topics HTTP/1.1", "Host: " + own, "Origin: " + origin))
          .startsWith("HTTP/1.1 403")
          .doesNotContainIgnoringCase("access-control-allow");
    }
    assertThat(ops.raw("GET /topics HTTP/1.1", "Host: " + own, "Origin: http://" + own))
        .startsWith("HTTP/1.1 200");
    assertThat(
            ops.raw(
                "DELETE /groups/orders/mailer HTTP/1.1",
                "Host: " + own,
                "Origin: http://evil.example",
                "Authorization: Bearer " + Ops.ALL))
        .startsWith("HTTP/1.1 403");
  }

  @Test
  void everyAnswerHasTheHeadersThatKeepBrowsersStrict() {
    for (String path : List.of("/", "/ops.mjs", "/topics", "/nothing", "/healthz", "/readyz")) {
      Got got = ops.get(path);
      assertThat(header(got, "Content-Security-Policy"))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(header(got, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(header(got, "Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(header(got, "Cache-Control")).isEqualTo("no-store");
      assertThat(header(got, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    }
  }

  private static String header(Got got, String name) {
    return got.headers().firstValue(name).orElse("");
  }

  @Test
  void aBadTokenIsRefusedEvenWhereReadingIsOpen() {
    Got refused = ops.get("/topics", "wrong");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.code()).isEqualTo("bad_token");
    assertThat(header(refused, "WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
    assertThat(ops.raw("GET /topics HTTP/1.1", "Host: localhost", "Authorization: Basic eDp5"))
        .startsWith("HTTP/1.1 401");
    assertThat(refused.text()).doesNotContain("wrong");
  }

  @Test
  void elsewhereEverythingButHealthAndThePageAsksForAToken() {
    try (Ops open = Ops.start(builder -> builder.bind("0.0.0.0"))) {
      for (String path : List.of("/", "/ops.mjs", "/ops.css", "/ops.svg", "/healthz")) {
        assertThat(open.get(path).status()).as(path).isEqualTo(200);
      }
      for (List<String> paths : List.of(OF_A_TOPIC, OF_ALL, List.of("/readyz", "/status", "/x"))) {
        for (String path : paths) {
          Got refused = open.get(path);
          assertThat(refused.status()).as(path).isEqualTo(401);
          assertThat(header(refused, "WWW-Authenticate")).isEqualTo("Bearer");
        }
      }
      assertThat(open.raw("GET /healthz HTTP/1.1", "Host: any.example")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void elsewhereReadsNeedSubscribeOnWhatTheyShow() {
    try (Ops open = Ops.start(builder -> builder.bind("0.0.0.0"))) {
      open.stuck("mailer");
      Map<String, Integer> ofATopic =
          Map.of(
              Ops.ALL,
              200,
              Ops.READER,
              200,
              Ops.ORDERS_ONLY,
              200,
              Ops.PUBLISHER,
              403,
              Ops.MAILER,
              403);
      ofATopic.forEach(
          (token, status) -> {
            for (String path : OF_A_TOPIC) {
              assertThat(open.get(path, token).status()).as(path + token).isEqualTo(status);
            }
          });
      for (String path : OF_ALL) {
        for (String token : List.of(Ops.ORDERS_ONLY, Ops.PUBLISHER, Ops.MAILER)) {
          assertThat(open.get(path, token).status()).as(path + token).isEqualTo(403);
        }
        assertThat(open.get(path, Ops.READER).status()).as(path).isIn(200, 404);
      }
      assertThat(open.get("/dlq?topic=payments", Ops.ORDERS_ONLY).status()).isEqualTo(403);
      assertThat(open.get("/readyz", Ops.PUBLISHER).status()).isEqualTo(200);
      assertThat(open.get("/status", Ops.PUBLISHER).json().has("groups")).isFalse();
      assertThat(open.get("/status", Ops.READER).json().has("groups")).isTrue();
    }
  }

  @Test
  void elsewhereOnlyNamesThatWereGivenAreTaken() {
    try (Ops open =
        Ops.start(builder -> builder.bind("0.0.0.0").hosts(List.of("ops.example.org")))) {
      assertThat(open.raw("GET / HTTP/1.1", "Host: ops.example.org")).startsWith("HTTP/1.1 200");
      assertThat(open.raw("GET / HTTP/1.1", "Host: other.example")).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void tokensInVainAreNotLookedAtForEver() {
    try (Ops strict =
        Ops.start(
            builder -> builder.timing(new ManualClock()).limits(Ops.PATIENT.failedLoginRate(2)))) {
      assertThat(strict.get("/topics", "wrong").status()).isEqualTo(401);
      assertThat(strict.get("/topics", "wrong").status()).isEqualTo(401);
      Got waits = strict.get("/topics", Ops.ALL);
      assertThat(waits.status()).isEqualTo(429);
      assertThat(header(waits, "Retry-After")).isEqualTo("1");
      assertThat(strict.get("/topics").status()).isEqualTo(200);
    }
  }

  @Test
  void withoutAnAuthenticatorItStartsOnlyWhereNothingCanBeDone() {
    try (EventBus bus = EventBus.inMemory();
        OpsServer server = OpsServer.of(bus).port(0).start()) {
      assertThat(server.address().getPort()).isPositive();
      assertThatThrownBy(() -> OpsServer.of(bus).port(0).actions(true).start())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("auth(");
      assertThatThrownBy(() -> OpsServer.of(bus).port(0).bind("0.0.0.0").start())
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void whatCannotBeIsRefusedWhenItIsBuilt() {
    try (EventBus bus = EventBus.inMemory()) {
      OpsServer.Builder builder = OpsServer.of(bus);
      assertThatThrownBy(() -> builder.hosts(List.of("http://a.example")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("http://a.example");
      assertThatThrownBy(() -> builder.ready("db", () -> {}).ready("db", () -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("db");
      assertThatThrownBy(() -> builder.port(ops.port()).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("127.0.0.1:" + ops.port());
      assertThatThrownBy(() -> OpsLimits.defaults().maxRequests(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("maxRequests must be from 1");
    }
  }
}
