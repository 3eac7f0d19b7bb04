package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import io.promlib.http.HttpEdge;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs as processes of their own. */
@Timeout(600)
class ProgramsTest {
  @TempDir Path directory;
  private Programs programs;

  @BeforeEach
  void begin() {
    programs = new Programs(directory);
  }

  @AfterEach
  void end() throws InterruptedException {
    programs.close();
  }

  @Test
  void theDemoShowsThisVeryProcess() throws Exception {
    Process demo =
        programs.start(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0"), "demo");

    assertThat(programs.awaited(demo, "(alive .*:" + demo.pid() + ")")).isNotEmpty();
  }

  @Test
  void watchFollowsTheDemoFromAProcessOfItsOwn() throws Exception {
    Process demo =
        programs.start(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0"), "demo");
    String url = programs.awaited(demo, "gateway +(\\S+)");
    String token = programs.awaited(demo, "token +(\\S+)");

    Map<String, String> known = Map.of("WS_URL", url, "WS_TOKEN", token);
    Process watch = programs.start(known, "watch");
    Process brief = programs.start(known, "watch", "--seconds", "1");
    Process stranger = programs.start(Map.of("WS_URL", url, "WS_TOKEN", "a-guess"), "watch");

    assertThat(programs.awaited(watch, "(alive .*:" + demo.pid() + ")")).isNotEmpty();
    assertThat(programs.ended(brief)).isZero();
    assertThat(programs.ended(stranger)).isEqualTo(1);
    assertThat(programs.printed(stranger)).contains("bad_token").doesNotContain("alive");
  }

  @Test
  void watchSaysWhyThereIsNoConnection() throws Exception {
    Process watch = programs.start(Map.of("WS_URL", "ws://127.0.0.1:1/", "WS_TOKEN", "t"), "watch");

    assertThat(programs.ended(watch)).isEqualTo(1);
    assertThat(programs.printed(watch))
        .contains("no connection to ws://127.0.0.1:1/")
        .contains("refused");
  }

  @Test
  void theGatewayTakesEventsUntilItIsTerminated() throws Exception {
    Process gateway =
        programs.start(
            Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0", "WS_TOKEN", "a-secret"),
            "event-gateway");
    String http = programs.awaited(gateway, "http +(\\S+)");
    String ops = programs.awaited(gateway, "ops +(\\S+)");

    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(http + "publish/order.placed?id=A-1"))
                    .header("Authorization", "Bearer a-secret")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"cents\":1250}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> metrics =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(ops + "metrics")).build(),
                HttpResponse.BodyHandlers.ofString());
    gateway.destroy();

    assertThat(metrics.body())
        .contains("events_published_total{topic=\"order.placed\"", "jvm_threads_current");
    assertThat(answer.body()).isEqualTo("{\"id\":\"A-1\",\"seq\":1,\"duplicate\":false}");
    assertThat(gateway.waitFor(120, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anExportThatIsKilledAndResumedIsTheOneThatWasNot() throws Exception {
    Topic<String> orders = Topic.of("orders", String.class);
    Path killed = directory.resolve("killed");
    Path whole = directory.resolve("whole");
    try (EventBus bus = EventBus.inMemory();
        HttpEdge edge =
            HttpEdge.of(bus).port(0).auth(StaticTokenAuthenticator.of("a-secret")).start()) {
      String note = "n".repeat(2000);
      for (int i = 0; i < 20_000; i++) {
        bus.publish(orders, note + i);
      }
      Map<String, String> environment =
          Map.of(
              "WS_TOKEN",
              "a-secret",
              "HTTP_URL",
              "http://127.0.0.1:" + edge.address().getPort() + "/");
      Process first =
          programs.start(environment, "export", "--topic", "orders", "--out", killed.toString());
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(1))
          .until(() -> Files.exists(killed) && Files.size(killed) > 0);
      first.destroyForcibly().waitFor();

      String[] again = {"export", "--topic", "orders", "--resume", "--out", killed.toString()};
      assertThat(programs.ended(programs.start(environment, again))).isZero();
      String[] other = {"export", "--topic", "orders", "--out", whole.toString()};
      assertThat(programs.ended(programs.start(environment, other))).isZero();
    }
    assertThat(killed).hasSameBinaryContentAs(whole);
    assertThat(whole).content().endsWith("{\"op\":\"END\",\"count\":20000,\"last_seq\":20000}\n");
  }

  @Test
  void theGatewayWithoutASecretNamesTheVariable() throws Exception {
    Process gateway = programs.start(Map.of("WS_TOKEN", ""), "event-gateway");

    assertThat(programs.ended(gateway)).isEqualTo(2);
    assertThat(programs.printed(gateway)).contains("WS_TOKEN is not set");
  }

  @Test
  void theDemoEndsByItselfAndWarnsOfAnAddressForAllWithoutTls() throws Exception {
    Map<String, String> open =
        Map.of("BIND", "0.0.0.0", "WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0");
    Process demo = programs.start(open, "demo", "--seconds", "1");

    assertThat(programs.ended(demo)).isZero();
    assertThat(programs.printed(demo)).contains("BIND is 0.0.0.0 and TLS_KEYSTORE is not set");
  }

  @Test
  void anUnknownProgramIsRefused() throws Exception {
    Process unknown = programs.start(Map.of(), "gateways");

    assertThat(programs.ended(unknown)).isEqualTo(2);
    assertThat(programs.printed(unknown)).contains("unknown program 'gateways'");
  }
}
