package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.Action;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EdgesTest {
  private static final String TOKEN = "a-secret-of-the-test";
  private static final Authenticator AUTH = StaticTokenAuthenticator.of(TOKEN);

  @Test
  void thePageTellsTheAddressesAndNoSecret() throws Exception {
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings("0"), AUTH)) {
      HttpResponse<String> page =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(edges.httpAddress())).build(),
                  HttpResponse.BodyHandlers.ofString());

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains(edges.wsAddress()).doesNotContain(TOKEN, "@GATEWAY@");
    }
  }

  @Test
  void thePageMayLoadNothingButItsOwnFilesAndEachOfThemIsServed() throws Exception {
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings("0"), AUTH)) {
      for (String file : List.of("", "board.css", "board.mjs", "prom-client.mjs")) {
        HttpResponse<String> served =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(edges.httpAddress() + file)).build(),
                    HttpResponse.BodyHandlers.ofString());

        assertThat(served.statusCode()).as(file).isEqualTo(200);
        assertThat(served.headers().firstValue("Content-Security-Policy").orElse(""))
            .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
            .doesNotContain("unsafe");
      }
    }
  }

  @Test
  void theOpsServerActsForATokenThatMayPublishAndSubscribeOnly() throws Exception {
    Authenticator auth =
        AUTH.or(
            StaticTokenAuthenticator.of(
                "of-a-reader", Policy.allow(Action.SUBSCRIBE, "**").build()));
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings("0"), auth)) {
      bus.subscribe(Topic.of("orders", Integer.class), "mailer", delivery -> {}).close();

      assertThat(deleteGroup(edges, "")).isEqualTo(401);
      assertThat(deleteGroup(edges, "of-a-reader")).isEqualTo(403);
      assertThat(deleteGroup(edges, TOKEN)).isEqualTo(200);
      assertThat(bus.admin().groupKeys()).isEmpty();
    }
  }

  private static int deleteGroup(Edges edges, String token) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(edges.opsAddress() + "groups/orders/mailer")).DELETE();
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void aPortThatIsTakenIsAnErrorThatNamesTheVariables() {
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings("0"), AUTH)) {
      String taken = Integer.toString(URI.create(edges.wsAddress()).getPort());

      assertThatThrownBy(() -> Edges.open(bus, settings(taken), AUTH))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining(taken)
          .hasMessageContaining("WS_PORT");
    }
  }

  @Test
  void anOpsPortThatIsTakenIsAnErrorThatNamesTheVariable() throws Exception {
    try (EventBus bus = EventBus.inMemory();
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      EdgeSettings settings =
          EdgeSettings.of(
              new Environment(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", port)));

      assertThatThrownBy(() -> Edges.open(bus, settings, AUTH))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining(port)
          .hasMessageContaining("OPS_PORT");
    }
  }

  @Test
  void anAddressThatDoesNotExistIsAnErrorThatNamesTheVariables() {
    EdgeSettings nowhere =
        EdgeSettings.of(
            new Environment(
                Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0", "BIND", "no host")));
    try (EventBus bus = EventBus.inMemory()) {
      assertThatThrownBy(() -> Edges.open(bus, nowhere, AUTH))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("there is no such host")
          .hasMessageContaining("BIND");
    }
  }

  @Test
  void anOriginThatIsNoneIsAnErrorThatNamesTheVariable() {
    EdgeSettings wrong =
        EdgeSettings.of(new Environment(Map.of("WS_ORIGINS", "https://a.example/page")));
    try (EventBus bus = EventBus.inMemory()) {
      assertThatThrownBy(() -> Edges.open(bus, wrong, AUTH))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("WS_ORIGINS")
          .hasMessageContaining("'https://a.example/page'");
    }
  }

  private static EdgeSettings settings(String wsPort) {
    return EdgeSettings.of(
        new Environment(Map.of("WS_PORT", wsPort, "HTTP_PORT", "0", "OPS_PORT", "0")));
  }
}
