package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Refusals.invalid;
import static io.promlib.jwt.Refusals.refused;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.AuthenticationException.Code;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwksTest {

  private static final String A = jwk(Keys.P256.getPublic(), kid("a"));
  private static final String B = jwk(Keys.OTHER_P256.getPublic(), kid("b"));
  private static final String BY_A =
      Tokens.signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", CLAIMS, Keys.P256.getPrivate());
  private static final String BY_B =
      Tokens.signed("{\"alg\":\"ES256\",\"kid\":\"b\"}", CLAIMS, Keys.OTHER_P256.getPrivate());

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(NOW));
  private final KeyServer server = new KeyServer(jwks(A));
  private final JwtVerifier verifier = builder().build();

  private JwtVerifierBuilder builder() {
    // Tokens outlive every turn of the clock in these tests.
    return server.verifier().clock(now::get).clockToleranceSec(3_600);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void pass(Duration time) {
    now.updateAndGet(t -> t.plus(time));
  }

  @Test
  void nothingIsFetchedBeforeATokenNeedsIt() {
    refused(verifier, "no.token.", Code.BAD_TOKEN);
    invalid(verifier, Tokens.hs256(CLAIMS), "alg");
    assertThat(server.fetches()).isZero();
  }

  @Test
  void keysAreFetchedOnceForManyTokens() {
    for (int i = 0; i < 20; i++) {
      verifier.authenticate(
          Tokens.signed(
              "{\"alg\":\"ES256\",\"kid\":\"a\",\"n\":" + i + "}", CLAIMS, Keys.P256.getPrivate()));
    }
    assertThat(server.fetches()).isEqualTo(1);
  }

  @Test
  void oldKeysAreFetchedAgainAlsoForTokensSeenBefore() {
    verifier.authenticate(BY_A);
    pass(Duration.ofMinutes(5).minusMillis(1));
    verifier.authenticate(BY_A);
    assertThat(server.fetches()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    verifier.authenticate(BY_A);
    assertThat(server.fetches()).isEqualTo(2);
  }

  @Test
  void aKeyTakenOutIsNoLongerAcceptedAlsoForTokensSeenBefore() {
    verifier.authenticate(BY_A);
    server.shows(jwks(B));
    pass(Duration.ofMinutes(5));
    invalid(verifier, BY_A, "kid");
    assertThat(verifier.authenticate(BY_B).subject()).isEqualTo("ann");
  }

  @Test
  void aKeyReplacedUnderItsNameIsNoLongerAccepted() {
    verifier.authenticate(BY_A);
    server.shows(jwks(jwk(Keys.OTHER_P256.getPublic(), kid("a"))));
    pass(Duration.ofMinutes(5));
    invalid(verifier, BY_A, "signature");
  }

  @Test
  void anEmptySetTakesAllKeysOut() {
    verifier.authenticate(BY_A);
    server.shows(jwks());
    pass(Duration.ofMinutes(5));
    invalid(verifier, BY_A, "kid");
  }

  @Test
  void anUnknownKeyIsLookedForAtOnceAndThenAtABoundedRate() {
    verifier.authenticate(BY_A);
    server.shows(jwks(A, B));
    pass(Duration.ofSeconds(30));
    assertThat(verifier.authenticate(BY_B).subject()).isEqualTo("ann");
    assertThat(server.fetches()).isEqualTo(2);
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void aFloodOfUnknownKeysMakesOneFetchAnInterval() {
    verifier.authenticate(BY_A);
    for (int i = 0; i < 300; i++) {
      invalid(verifier, withKid("x" + i), "kid");
      pass(Duration.ofSeconds(1));
    }
    // At 30, 60 … 270 seconds; the one at 300 is still to come.
    assertThat(server.fetches()).isEqualTo(1 + 9);
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void aFloodFromManyThreadsMakesOneFetchAtATime() throws Exception {
    verifier.authenticate(BY_A);
    pass(Duration.ofSeconds(30));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    server.handles(
        exchange -> {
          asked.countDown();
          await(answer);
          byte[] body = jwks(A, B).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
        });
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Future<?> first = threads.submit(() -> verifier.authenticate(BY_B));
      asked.await();
      List<Future<?>> others = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String token = withKid("x" + i);
        others.add(threads.submit(() -> invalid(verifier, token, "kid")));
      }
      for (Future<?> other : others) {
        other.get();
      }
      assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
      assertThat(server.fetches()).isEqualTo(2);
      answer.countDown();
      first.get();
      assertThat(verifier.authenticate(BY_B).subject()).isEqualTo("ann");
      assertThat(server.fetches()).isEqualTo(2);
    } finally {
      answer.countDown();
      threads.shutdownNow();
    }
  }

  @Test
  void theFirstKeysAreFetchedOnceForAllWhoWait() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(threads.submit(() -> verifier.authenticate(BY_A).subject()));
      }
      for (Future<String> one : all) {
        assertThat(one.get()).isEqualTo("ann");
      }
      assertThat(server.fetches()).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void withoutAnyKeysTheTokenIsNotJudged() {
    server.fails(503);
    cannotTell();
    cannotTell();
    assertThat(server.fetches()).isEqualTo(1);
    server.shows(jwks(A));
    pass(Duration.ofSeconds(1));
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void keysGoOnBeingServedWhileTheServerIsDownUntilTheyAreTooOld() {
    verifier.authenticate(BY_A);
    server.close();
    pass(Duration.ofMinutes(40));
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
    JwtVerifier strict = builder().jwksMaxStale(Duration.ofMinutes(10)).build();
    assertThatThrownBy(() -> strict.authenticate(BY_A))
        .isInstanceOf(KeysUnavailableException.class);
  }

  @Test
  void keysThatAreTooOldAreNotUsedAlsoForTokensSeenBefore() {
    JwtVerifier strict = builder().jwksMaxStale(Duration.ofMinutes(10)).build();
    strict.authenticate(BY_A);
    server.fails(500);
    pass(Duration.ofMinutes(10));
    strict.authenticate(BY_A);
    pass(Duration.ofMillis(1));
    assertThatThrownBy(() -> strict.authenticate(BY_A))
        .isInstanceOf(KeysUnavailableException.class);
    server.shows(jwks(A));
    pass(Duration.ofSeconds(30));
    assertThat(strict.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void aServerThatIsDownIsAskedOnceAnInterval() {
    verifier.authenticate(BY_A);
    server.fails(500);
    pass(Duration.ofMinutes(5));
    for (int i = 0; i < 60; i++) {
      verifier.authenticate(BY_A);
      pass(Duration.ofSeconds(1));
    }
    assertThat(server.fetches()).isEqualTo(1 + 2);
  }

  @Test
  void aClockSetBackPutsNothingOff() {
    verifier.authenticate(BY_A);
    pass(Duration.ofMinutes(-30));
    server.shows(jwks(B));
    invalid(verifier, BY_A, "kid");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "[]",
        "{}",
        "{\"keys\":7}",
        "{\"keys\":{}}",
        "{\"keys\":[]} x",
        "{\"keys\":[],\"keys\":[]}",
        "<html></html>"
      })
  void aGarbageAnswerChangesNothing(String answer) {
    verifier.authenticate(BY_A);
    server.shows(answer);
    pass(Duration.ofMinutes(5));
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
    assertThat(server.fetches()).isEqualTo(2);
  }

  @Test
  void anAnswerMayHave256KibAndNoMore() {
    String jwks = jwks(A);
    server.shows(jwks + " ".repeat(256 * 1024 - jwks.length()));
    verifier.authenticate(BY_A);
    server.shows(jwks(B) + " ".repeat(256 * 1024));
    pass(Duration.ofMinutes(5));
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void anEndlessAnswerIsCutOff() {
    server.handles(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] spaces = " ".repeat(8_192).getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i < 100_000; i++) {
            exchange.getResponseBody().write(spaces);
          }
        });
    cannotTell();
  }

  @Test
  void anAnswerMayHoldAHundredKeysAndNoMore() {
    String[] keys = new String[101];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = "{\"kty\":\"oct\",\"k\":\"AA\"}";
    }
    keys[0] = A;
    server.shows(jwks(keys));
    cannotTell();
    server.shows(jwks(List.of(keys).subList(0, 100).toArray(String[]::new)));
    pass(Duration.ofSeconds(1));
    assertThat(verifier.authenticate(BY_A).subject()).isEqualTo("ann");
  }

  @Test
  void aRedirectIsNotFollowed() {
    try (KeyServer elsewhere = new KeyServer(jwks(A))) {
      server.handles(
          exchange -> {
            exchange.getResponseHeaders().set("Location", elsewhere.url().toString());
            exchange.sendResponseHeaders(302, -1);
          });
      cannotTell();
      assertThat(elsewhere.fetches()).isZero();
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUp() {
    CountDownLatch end = new CountDownLatch(1);
    server.handles(exchange -> await(end));
    JwtVerifier hasty = builder().jwksReadTimeout(Duration.ofMillis(50)).build();
    assertThatThrownBy(() -> hasty.authenticate(BY_A)).isInstanceOf(KeysUnavailableException.class);
    end.countDown();
  }

  @Test
  void anAnswerThatTricklesInIsGivenUp() {
    CountDownLatch end = new CountDownLatch(1);
    server.handles(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 100_000; i++) {
            exchange.getResponseBody().write(' ');
            exchange.getResponseBody().flush();
            if (isOver(end)) {
              return;
            }
          }
        });
    JwtVerifier hasty = builder().jwksReadTimeout(Duration.ofMillis(500)).build();
    assertThatThrownBy(() -> hasty.authenticate(BY_A)).isInstanceOf(KeysUnavailableException.class);
    end.countDown();
  }

  @Test
  void theMessageNamesNeitherTheAddressNorTheToken() {
    server.fails(500);
    assertThatThrownBy(() -> verifier.authenticate(BY_A))
        .isInstanceOf(KeysUnavailableException.class)
        .hasMessageNotContainingAny("127.0.0.1", "jwks.json", "http")
        .satisfies(e -> Refusals.tellsNothing(e, BY_A));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://issuer/jwks.json",
        "http://127.0.0.1.evil.example/jwks",
        "http://localhost.example/jwks",
        "http://10.0.0.1/jwks",
        "http://[::2]/jwks",
        "http://0.0.0.0/jwks",
        "http://127.0.0.999/jwks",
        "http://127.0.0.1./jwks",
        "http://127.0.0.1@evil.example/jwks",
        "http://127.0.0.1:80@evil.example/jwks",
        "http://localhost./jwks",
        "http://[::ffff:10.0.0.1]/jwks",
        "http://[::1%251]/jwks",
        "ftp://127.0.0.1/jwks",
        "file:///etc/passwd",
        "jar:file:/x.jar!/jwks",
        "/jwks.json",
        "https:jwks",
        "https://user:secret@issuer/jwks",
        "https://issuer/jwks#a"
      })
  void anAddressThatOthersCouldAnswerForIsRefused(String url) {
    assertThatThrownBy(() -> JwtVerifier.builder().jwksUrl(URI.create(url)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("jwksUrl must be ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://issuer/jwks.json",
        "HTTPS://issuer:8443/jwks?x=1",
        "http://localhost:1/jwks",
        "http://127.9.8.7/jwks",
        "http://[::1]:80/jwks"
      })
  void httpsAndTheLoopbackAddressAreAccepted(String url) {
    assertThat(JwtVerifier.builder().jwksUrl(URI.create(url)).build()).isNotNull();
  }

  private void cannotTell() {
    assertThatThrownBy(() -> verifier.authenticate(BY_A))
        .isInstanceOf(KeysUnavailableException.class)
        .isNotInstanceOf(AuthenticationException.class)
        .hasNoCause();
  }

  private static String withKid(String name) {
    return Tokens.signed(
        "{\"alg\":\"ES256\",\"kid\":\"" + name + "\"}", CLAIMS, Keys.P256.getPrivate());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOver(CountDownLatch latch) {
    try {
      return latch.await(5, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
