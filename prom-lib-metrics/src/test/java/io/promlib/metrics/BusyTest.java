package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDrainer;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All of it at work: a bus, an outbox and a gateway with a client. */
class BusyTest {
  private static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  private static final String TOKEN = "a-token-of-the-tests";

  private final PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
  private final EventBus bus = EventBus.builder().listener(metrics.busListener()).build();
  private final InMemoryOutboxStore outbox = new InMemoryOutboxStore();
  private final OutboxDrainer drainer =
      OutboxDrainer.builder(outbox).to(bus).listener(metrics.outboxListener()).build().start();
  private final WsGateway gateway =
      WsGateway.of(bus)
          .port(0)
          .auth(StaticTokenAuthenticator.of(TOKEN))
          .limits(
              GatewayLimits.builder()
                  .authTimeout(Duration.ofMinutes(2))
                  .pongTimeout(Duration.ofMinutes(2))
                  .build())
          .listener(metrics.gatewayListener())
          .start();
  private final Client client = new Client();
  private final WebSocket socket =
      HttpClient.newHttpClient()
          .newWebSocketBuilder()
          .buildAsync(URI.create("ws://127.0.0.1:" + gateway.address().getPort() + "/"), client)
          .join();

  @AfterEach
  void close() {
    socket.abort();
    gateway.close();
    drainer.close();
    metrics.close();
    bus.close();
  }

  @Test
  void promtoolFindsNothingButTheAbbreviatedUnits() throws Exception {
    work();
    // A family without samples is not looked at.
    await()
        .untilAsserted(
            () ->
                assertThat(metrics.scrape(null).body())
                    .contains("\ndelivery_latency_ms_count{")
                    .contains("\nhandler_duration_ms_count{")
                    .contains("\npublish_duration_ms_count{"));
    Promtool.Result result = Promtool.run(metrics.scrape(null).body(), "check", "metrics");
    assertThat(result.said().lines())
        .containsExactlyInAnyOrder(
            "delivery_latency_ms metric names should not contain abbreviated units",
            "handler_duration_ms metric names should not contain abbreviated units",
            "publish_duration_ms metric names should not contain abbreviated units");
  }

  @Test
  void aGatewaysConnectionsItsErrorsAndWhatItHasInFlightAreSeen() throws Exception {
    work();
    assertThat(value("ws_connections")).isEqualTo(1);
    assertThat(value("ws_errors_total", "code", "unknown_op")).isEqualTo(1);
    assertThat(value("ws_errors_total", "code", "forbidden")).isZero();
    await()
        .untilAsserted(
            () ->
                assertThat(
                        metrics
                            .registry()
                            .getSampleValue(
                                "ws_inflight",
                                new String[] {"topic", "group"},
                                new String[] {ORDERS.name(), "remote"}))
                    .isEqualTo(2));
    socket.sendClose(4999, "as I like").join();
    await().untilAsserted(() -> assertThat(value("ws_connections")).isZero());
    await().untilAsserted(() -> assertThat(value("ws_closed_total", "code", "other")).isEqualTo(1));
  }

  @Test
  void theCloseCodesOfAGatewayBeginAtZero() {
    for (String code : List.of("1001", "1009", "1013", "4401", "4403", "4408")) {
      assertThat(value("ws_closed_total", "code", code)).isZero();
    }
  }

  @Test
  void aCloseCodeThatIsKnownIsShownAsItIs() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    await().untilAsserted(() -> assertThat(value("ws_closed_total", "code", "1000")).isEqualTo(1));
  }

  private void work() throws InterruptedException {
    metrics.watch(bus).watch(outbox).watch(gateway);
    bus.subscribe(ORDERS, "mailer", delivery -> {});
    send("{'op':'AUTH','token':'" + TOKEN + "'}");
    send("{'op':'SUBSCRIBE','topic':'orders.placed','group':'remote','opts':{'maxInFlight':2}}");
    client.next("OK");
    client.next("OK");
    for (int i = 0; i < 5; i++) {
      outbox.add(ORDERS, "an order", PublishOptions.none());
    }
    client.next("EVENT");
    client.next("EVENT");
    send("{'op':'DANCE'}");
    client.next("unknown_op");
  }

  private void send(String frame) {
    socket.sendText(frame.replace('\'', '"'), true).join();
  }

  private @Nullable Double value(String name) {
    return metrics.registry().getSampleValue(name);
  }

  private @Nullable Double value(String name, String label, String value) {
    return metrics.registry().getSampleValue(name, new String[] {label}, new String[] {value});
  }

  private static final class Client implements WebSocket.Listener {
    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

    /** Takes the next frame, which holds this. */
    void next(String expected) throws InterruptedException {
      assertThat(frames.poll(60, TimeUnit.SECONDS)).contains(expected);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      frames.add(part.toString());
      from.request(1);
      return null;
    }
  }
}
