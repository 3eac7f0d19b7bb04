package io.promlib.client.js;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import io.promlib.acl.Scopes;
import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import io.promlib.time.Timing;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One scenario's bus, gateway and network, which the scenario steers. A token is {@code
 * subject|lifetime in ms or nothing|scopes}.
 */
final class World implements AutoCloseable {
  private final ManualClock manual;
  private final Timing timing;
  private final GatewayLimits limits;
  private final EventBus bus;
  private final Gate gate = new Gate(() -> port());
  private final List<String> logins = new CopyOnWriteArrayList<>();
  private volatile WsGateway gateway;

  World(JsonNode options) {
    Timing system = Timing.system();
    manual = new ManualClock(system.wall().instant());
    if (options.path("clock").asText().equals("manual")) {
      system.close();
      timing = manual;
    } else {
      timing = system;
    }
    GatewayLimits.Builder most = GatewayLimits.builder();
    most.publishRate(options.path("publishRate").asInt(1_000_000)).topicRate(1_000_000);
    most.maxEventBytes(options.path("maxEventBytes").asInt(1 << 20));
    most.reauthInterval(Duration.ofMillis(10));
    limits = most.build();
    bus = EventBus.builder().timing(timing).build();
    gateway = start();
  }

  private int port() {
    return gateway.address().getPort();
  }

  private WsGateway start() {
    return WsGateway.of(bus).port(0).limits(limits).timing(timing).auth(this::authenticate).start();
  }

  String url() {
    return "ws://127.0.0.1:" + gate.port() + "/";
  }

  private Identity authenticate(String token) {
    logins.add(token);
    String[] parts = token.split("\\|", -1);
    if (parts.length != 3) {
      throw new AuthenticationException(
          AuthenticationException.Code.BAD_TOKEN, "this is none of the test's tokens");
    }
    return new Identity(
        parts[0],
        Scopes.policy(List.of(parts[2].split(" "))),
        parts[1].isEmpty() ? null : timing.wall().instant().plusMillis(Long.parseLong(parts[1])));
  }

  /** Does what a scenario asks for, and answers in JSON. */
  JsonNode call(String what, JsonNode with) {
    String topic = with.path("topic").asText();
    String group = with.path("group").asText();
    switch (what) {
      case "stop" -> gateway.close();
      case "start" -> gateway = start();
      case "cut" -> gate.cut();
      case "mute" -> gate.mute();
      case "turn" -> manual.advance(Duration.ofMillis(with.path("ms").asLong()));
      case "publish" -> publish(topic, with);
      case "events" -> {
        return events(topic);
      }
      case "group" -> {
        return bus.admin()
            .group(topic, group)
            .<JsonNode>map(view -> object().put("floor", view.floor()))
            .orElseGet(() -> object());
      }
      case "deadLetters" -> {
        ArrayNode errors = Json.mapper().createArrayNode();
        bus.admin().deadLetters(topic).list(1, 100).forEach(each -> errors.add(each.error()));
        return errors;
      }
      case "deleteGroup" -> bus.admin().deleteGroup(topic, group);
      case "keep" ->
          bus.admin()
              .configure(topic, TopicSettings.IN_MEMORY.maxEvents(with.path("events").asInt()));
      case "logins" -> {
        ArrayNode all = Json.mapper().createArrayNode();
        logins.forEach(all::add);
        return all;
      }
      default -> throw new IllegalArgumentException("a world cannot " + what);
    }
    return object();
  }

  private void publish(String topic, JsonNode with) {
    int count = with.path("count").asInt(1);
    String key = with.path("key").isTextual() ? with.path("key").asText() : null;
    for (int i = 0; i < count; i++) {
      JsonNode payload = with.has("payload") ? with.path("payload") : Json.mapper().valueToTree(i);
      bus.publish(Topic.raw(topic), payload, PublishOptions.none().key(key));
    }
  }

  private JsonNode events(String topic) {
    ArrayNode all = Json.mapper().createArrayNode();
    for (EventRecord each : bus.admin().read(topic, 1, 10_000).events()) {
      all.addObject()
          .put("id", each.id())
          .put("seq", each.seq())
          .put("key", each.key())
          .set("payload", each.payload().tree());
    }
    return all;
  }

  private static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  @Override
  public void close() {
    gate.close();
    gateway.close();
    bus.close();
    timing.close();
  }
}
