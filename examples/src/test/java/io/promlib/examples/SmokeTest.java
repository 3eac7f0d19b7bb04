package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.client.EventClient;
import io.promlib.event.Topic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole way: client, socket, gateway, bus, and back; and what the ops server tells of it. */
@Timeout(300)
class SmokeTest {
  private static final Topic<Integer> NUMBERS = Topic.of("smoke.numbers", Integer.class);
  private static final String TOKEN = "smoke-test-token";
  private static final Authenticator AUTH = StaticTokenAuthenticator.of(TOKEN);

  @Test
  void tenPublishedTenAckedNoneComesAgain() throws Exception {
    EdgeSettings settings =
        EdgeSettings.of(new Environment(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0")));
    List<Integer> got = new CopyOnWriteArrayList<>();
    List<Integer> ten = IntStream.rangeClosed(1, 10).boxed().toList();
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings, AUTH)) {
      try (EventClient client = connect(edges)) {
        client.subscribe(NUMBERS, "readers", delivery -> got.add(delivery.payload()));
        ten.forEach(number -> client.publish(NUMBERS, number));
        await()
            .until(
                () -> get(edges, "lag?topic=smoke.numbers&group=readers").contains("\"lag\":0,"));
        assertThat(group(bus).floor()).isEqualTo(10);
        assertThat(get(edges, "clients")).contains("\"total\":1");
        assertThat(get(edges, "metrics")).contains("ws_connections 1.0");
      }
      assertThat(got).containsExactlyElementsOf(ten);

      try (EventClient again = connect(edges)) {
        again.subscribe(NUMBERS, "readers", delivery -> got.add(delivery.payload()));
        again.publish(NUMBERS, 11);
        await().untilAsserted(() -> assertThat(group(bus).floor()).isEqualTo(11));
      }
      assertThat(got).hasSize(11).endsWith(11);
    }
  }

  private static EventClient connect(Edges edges) {
    return EventClient.builder(URI.create(edges.wsAddress()))
        .token(TOKEN)
        .requestTimeout(Duration.ofSeconds(60))
        .connect();
  }

  private static String get(Edges edges, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(edges.opsAddress() + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static GroupView group(EventBus bus) {
    return bus.admin().group(NUMBERS.name(), "readers").orElseThrow();
  }
}
