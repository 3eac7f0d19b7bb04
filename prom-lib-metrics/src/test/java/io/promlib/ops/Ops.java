package io.promlib.ops;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Json;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** A bus in memory with an ops server, and a client of it. */
final class Ops implements AutoCloseable {
  static final Topic<JsonNode> ORDERS = Topic.of("orders", JsonNode.class);
  static final String ALL = "token-for-everything";
  static final String READER = "token-to-read-everything";
  static final String ORDERS_ONLY = "token-to-read-orders";
  static final String PUBLISHER = "token-to-publish";
  static final String MAILER = "token-of-the-group-mailer";

  /** For what is to succeed, however slow the machine is. */
  static final OpsLimits PATIENT =
      OpsLimits.defaults()
          .times(Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(1));

  private static final Map<String, Policy> TOKENS =
      Map.of(
          ALL, Policy.allowAll(),
          READER, Policy.allow(Action.SUBSCRIBE, "**").build(),
          ORDERS_ONLY, Policy.allow(Action.SUBSCRIBE, "orders").build(),
          PUBLISHER, Policy.allow(Action.PUBLISH, "**").build(),
          MAILER, Policy.allow(Action.ANY, "**").groups("mailer").build());

  static final Authenticator AUTH =
      token -> {
        Policy policy = TOKENS.get(token);
        if (policy == null) {
          throw new AuthenticationException(
              AuthenticationException.Code.BAD_TOKEN, "the token is not known here");
        }
        return new Identity("tester", policy, null);
      };

  private final HttpClient client = HttpClient.newHttpClient();
  private final EventBus bus;
  private final OpsServer server;

  private Ops(EventBus bus, OpsServer server) {
    this.bus = bus;
    this.server = server;
  }

  /** With actions, and what else the test wants. */
  static Ops start(UnaryOperator<OpsServer.Builder> more) {
    return of(EventBus.inMemory(), more);
  }

  static Ops of(EventBus bus, UnaryOperator<OpsServer.Builder> more) {
    OpsServer.Builder builder = OpsServer.of(bus).port(0).auth(AUTH).actions(true).limits(PATIENT);
    return new Ops(bus, more.apply(builder).start());
  }

  EventBus bus() {
    return bus;
  }

  int port() {
    return server.address().getPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  /** Publishes orders 1 to {@code count}; their ids and keys are named after the numbers. */
  void orders(int count) {
    for (int i = 1; i <= count; i++) {
      order("o" + i, "customer-" + i, "{\"order\":" + i + "}");
    }
  }

  void order(String id, String key, String json) {
    bus.publish(ORDERS, tree(json), PublishOptions.none().id(id).key(key));
  }

  static JsonNode tree(String json) {
    try {
      return Json.mapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A group that leaves what it gets unacked. */
  void stuck(String group) {
    bus.subscribe(ORDERS, group, manual(), delivery -> {});
  }

  /** Has a group give up every order with this reason; returns when {@code count} are given up. */
  void giveUp(String group, String reason, int count) {
    CompletableFuture<Void> all = new CompletableFuture<>();
    bus.subscribe(
        ORDERS,
        group,
        manual(),
        delivery -> {
          delivery.terminate(reason);
          if (delivery.record().seq() == count) {
            all.complete(null);
          }
        });
    all.orTimeout(60, TimeUnit.SECONDS).join();
    Awaitility.await().until(() -> bus.admin().deadLetters("orders").list(1, 1000).size() >= count);
  }

  static SubscribeOptions fromEarliest() {
    return SubscribeOptions.builder().startAt(StartAt.EARLIEST).build();
  }

  private static SubscribeOptions manual() {
    // A lease is to outlast a class of tests in a browser.
    return SubscribeOptions.builder()
        .startAt(StartAt.EARLIEST)
        .manualAck()
        .ackDeadline(Duration.ofMinutes(10))
        .build();
  }

  /** What came back. */
  record Got(int status, HttpHeaders headers, String text) {
    JsonNode json() {
      return tree(text);
    }

    String code() {
      return json().path("error").asText();
    }
  }

  Got get(String path) {
    return send("GET", path, "");
  }

  /** As {@link #get}, while the caller goes on, however many there are. */
  CompletableFuture<Got> later(String path) {
    return client
        .sendAsync(
            HttpRequest.newBuilder(URI.create(url(path))).build(),
            HttpResponse.BodyHandlers.ofString())
        .thenApply(answer -> new Got(answer.statusCode(), answer.headers(), answer.body()));
  }

  Got get(String path, String token) {
    return send("GET", path, token);
  }

  Got send(String method, String path, String token) {
    return send(method, path, token, "", "");
  }

  Got send(String method, String path, String token, String type, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url(path)))
            .timeout(Duration.ofMinutes(2))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Got(answer.statusCode(), answer.headers(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends just these lines and returns all that comes back until the server closes. */
  String raw(String... lines) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(120_000);
      String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.close();
    bus.close();
  }
}
