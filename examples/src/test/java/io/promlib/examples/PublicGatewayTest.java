package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.client.ClientException;
import io.promlib.client.EventClient;
import io.promlib.event.Topic;
import io.promlib.examples.process.ProcessState;
import io.promlib.examples.process.Topics;
import io.promlib.wire.ErrorCode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gateway as a process, with TLS and JWTs, as it would stand on a public address. */
@Timeout(600)
class PublicGatewayTest {
  private static final String SECRET = "a-secret-of-the-test-with-40-characters-";
  private static final Map<String, String> JWT =
      Map.of("JWT_SECRET", SECRET, "JWT_ISS", "the-issuer", "JWT_AUD", "the-gateway");
  private static final Topic<String> ORDERS = Topic.of("order.placed", String.class);
  private static final List<String> TOKENS = new ArrayList<>();

  @TempDir static Path folder;
  private static Programs programs;
  private static Process gateway;
  private static Path pem;
  private static SSLContext trust;
  private static HttpClient http;
  private static URI ws;
  private static String edge;

  @BeforeAll
  static void start() throws Exception {
    TestKeys keys = TestKeys.in(folder);
    pem = keys.pem();
    trust = ClientTrust.in(pem.toString(), new Environment(Map.of()));
    http = HttpClient.newBuilder().sslContext(trust).build();
    programs = new Programs(folder);
    Map<String, String> environment = new HashMap<>(JWT);
    environment.putAll(
        Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0", "BIND", "localhost"));
    environment.put("TLS_KEYSTORE", keys.store("PKCS12", TestKeys.PASSWORD).toString());
    environment.put("TLS_PASSWORD", TestKeys.PASSWORD);
    environment.put("WS_ORIGINS", "https://app.example");
    gateway = programs.start(environment, "event-gateway");
    ws = URI.create(programs.awaited(gateway, "gateway +(wss://localhost:\\d+/)"));
    edge = programs.awaited(gateway, "http +(https://localhost:\\d+/)");
  }

  @AfterAll
  static void end() throws Exception {
    programs.close();
  }

  @AfterEach
  void nothingSecretIsPrinted() throws Exception {
    assertThat(programs.printed(gateway)).doesNotContain(SECRET, TestKeys.PASSWORD);
    for (String token : TOKENS) {
      assertThat(programs.printed(gateway)).doesNotContain(token.split("\\.", -1));
    }
  }

  @Test
  void aTokenPublishesOverHttpsAndFollowsOverWss() throws Exception {
    String token = token("publish:order.*", "subscribe:order.*");
    CompletableFuture<String> got = new CompletableFuture<>();
    try (EventClient client = connect(token)) {
      client.subscribe(ORDERS, "billing", delivery -> got.complete(delivery.payload()));

      assertThat(publish(token, "order.placed").statusCode()).isEqualTo(200);
      assertThat(got.get(60, TimeUnit.SECONDS)).isEqualTo("an order");
    }
  }

  @Test
  void aTokenWithoutTheScopeIsRefused() throws Exception {
    String token = token("publish:order.placed");
    try (EventClient client = connect(token)) {
      assertThatThrownBy(() -> client.subscribe(ORDERS, "spies", delivery -> {}))
          .isInstanceOfSatisfying(
              ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    }
    HttpResponse<String> answer = publish(token, "order.shipped");
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("\"forbidden\"").doesNotContain(token);
  }

  @Test
  void aTokenOfAnotherSecretIssuerOrAudienceIsRefused() throws Exception {
    for (Map<String, String> other :
        List.of(
            Map.of("JWT_SECRET", SECRET + "!", "JWT_ISS", "the-issuer", "JWT_AUD", "the-gateway"),
            Map.of("JWT_SECRET", SECRET, "JWT_ISS", "another", "JWT_AUD", "the-gateway"),
            Map.of("JWT_SECRET", SECRET, "JWT_ISS", "the-issuer"))) {
      String token = token(other, "publish:order.placed");

      HttpResponse<String> answer = publish(token, "order.placed");

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).contains("\"jwt_invalid\"").doesNotContain(token);
    }
  }

  @Test
  void aPageOfAForeignOriginIsRefused() throws Exception {
    WebSocket.Builder page = http.newWebSocketBuilder().header("Origin", "https://evil.example");

    assertThatThrownBy(
            () -> page.buildAsync(ws, new WebSocket.Listener() {}).get(60, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            e -> assertThat(e.getResponse().statusCode()).isEqualTo(403));
  }

  @Test
  void watchFollowsWithATrustedCertificate() throws Exception {
    String token = token("publish:process.state", "subscribe:process.state");
    ProcessState state =
        new ProcessState(
            "h:watched:1", "watched", "h", 1, null, 0, 1, 1, ProcessState.Status.ALIVE);
    Map<String, String> environment = Map.of("WS_URL", ws.toString(), "WS_TOKEN", token);
    Process watch = programs.start(environment, "watch", "--trust", pem.toString());

    try (EventClient client = connect(token)) {
      await()
          .atMost(Duration.ofSeconds(90))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                client.publish(Topics.PROCESS_STATE, state);
                assertThat(programs.printed(watch)).contains("h:watched:1");
              });
    }
    assertThat(programs.printed(watch)).doesNotContain(token);
  }

  /** What the program prints, which is the token and nothing else. */
  private static String token(String... scopes) {
    return token(JWT, scopes);
  }

  private static String token(Map<String, String> environment, String... scopes) {
    List<String> line = new ArrayList<>(List.of("--sub", "me", "--ttl", "1h"));
    Arrays.asList(scopes).forEach(scope -> line.addAll(List.of("--scope", scope)));
    String token = Programs.token(environment, line.toArray(String[]::new));
    assertThat(token).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    TOKENS.add(token);
    return token;
  }

  private static EventClient connect(String token) {
    return EventClient.builder(ws)
        .tls(trust)
        .token(token)
        .requestTimeout(Duration.ofSeconds(60))
        .connect();
  }

  private static HttpResponse<String> publish(String token, String topic) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(edge + "publish/" + topic))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("\"an order\""))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
