package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.event.Json;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WsNarrowingTest {
  private final Tokens tokens =
      new Tokens()
          .with("all", Policy.allowAll())
          .with("kept", Policy.allow(Action.SUBSCRIBE, "kept").build())
          .with("group a", Policy.allow(Action.SUBSCRIBE, "t").groups("a").build())
          .with("nothing", Policy.denyAll());
  private Fixture on;

  @BeforeEach
  void start() {
    GatewayLimits limits =
        Fixture.patient().reauthInterval(Duration.ofMillis(1)).publishRate(100_000).build();
    on = Fixture.with(b -> b.auth(tokens).limits(limits));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private Peer login() {
    Peer peer = on.connect();
    assertThat(op(peer.ask(Tokens.auth("all")))).isEqualTo("OK");
    return peer;
  }

  private static String subscribe(String topic, String group) {
    return "{'op':'SUBSCRIBE','topic':'%s','group':'%s','opts':{'from':'earliest'}}"
        .formatted(topic, group);
  }

  private static String settle(String op, String topic, JsonNode event) {
    return "{'op':'%s','topic':'%s','group':'g','id':'%s'}"
        .formatted(op, topic, event.at("/event/id").asText());
  }

  private static String op(JsonNode frame) {
    return frame.path("op").asText();
  }

  @Test
  void whatIsNoLongerAllowedEndsBeforeTheOkAndIsHandedBackUncounted() {
    try (Peer client = login();
        Peer other = login()) {
      client.answerTo(subscribe("lost", "g"));
      on.publish("lost", "1");
      JsonNode event = client.next("EVENT");
      other.answerTo(subscribe("lost", "g"));

      JsonNode revoked = client.ask(Tokens.auth("kept"));

      assertThat(op(revoked)).isEqualTo("REVOKED");
      assertThat(revoked.path("topic").asText()).isEqualTo("lost");
      assertThat(revoked.path("group").asText()).isEqualTo("g");
      assertThat(revoked.path("msg").asText()).contains("token");
      assertThat(op(client.next())).isEqualTo("OK");
      JsonNode again = other.next("EVENT");
      assertThat(again.at("/event/id")).isEqualTo(event.at("/event/id"));
      assertThat(again.at("/ctx/attempt").asInt()).isEqualTo(1);
      for (String frame : List.of("ACK", "NACK", "MODACK", "TERM")) {
        assertThat(client.refusal(settle(frame, "lost", event))).isEqualTo("not_subscribed");
      }
      assertThat(client.refusal(subscribe("lost", "g"))).isEqualTo("forbidden");
      assertThat(other.answerTo(settle("ACK", "lost", again)).path("result").asText())
          .isEqualTo("ok");
    }
  }

  @Test
  void whatIsStillAllowedGoesOnWithItsLeases() {
    try (Peer client = login()) {
      client.answerTo(subscribe("kept", "g"));
      client.answerTo(subscribe("lost", "g"));
      on.publish("kept", "1");
      JsonNode event = client.next("EVENT");
      assertThat(client.ask(Tokens.auth("kept")).path("topic").asText()).isEqualTo("lost");
      assertThat(op(client.next())).isEqualTo("OK");
      assertThat(client.answerTo(settle("ACK", "kept", event)).path("result").asText())
          .isEqualTo("ok");
      on.publish("kept", "2");
      on.publish("lost", "2");
      assertThat(client.next("EVENT").path("topic").asText()).isEqualTo("kept");
    }
  }

  @Test
  void aRuleForGroupsRevokesTheOtherGroups() {
    try (Peer client = login()) {
      for (String group : List.of("a", "b", "c")) {
        client.answerTo(subscribe("t", group));
      }
      client.send(Tokens.auth("group a"));
      List<String> revoked =
          client.next("REVOKED", 2).stream().map(frame -> frame.path("group").asText()).toList();
      assertThat(revoked).containsExactlyInAnyOrder("b", "c");
      assertThat(op(client.next())).isEqualTo("OK");
      on.publish("t", "1");
      assertThat(client.next("EVENT").path("group").asText()).isEqualTo("a");
    }
  }

  @Test
  void aWiderTokenAllowsItAgain() {
    try (Peer client = login()) {
      client.answerTo(subscribe("lost", "g"));
      client.answerTo(Tokens.auth("nothing"));
      assertThat(op(client.ask(Tokens.auth("all")))).isEqualTo("OK");
      assertThat(op(client.answerTo(subscribe("lost", "g")))).isEqualTo("OK");
      on.publish("lost", "1");
      assertThat(client.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void whatWaitsToBeSentIsNotSentAndGoesToAnother() throws JsonProcessingException {
    int events = 40;
    try (RawPeer slow = RawPeer.connect(on.address(), 8 << 10);
        Peer other = login()) {
      slow.text(Tokens.auth("all").replace('\'', '"'));
      assertThat(slow.read().text()).contains("OK");
      slow.text(subscribe("lost", "g").replace('\'', '"'));
      assertThat(slow.read().text()).contains("OK");
      on.bus.admin().configure("lost", TopicSettings.IN_MEMORY);
      String large = "\"" + "x".repeat(500_000) + "\"";
      IntStream.range(0, events).forEach(i -> on.publish("lost", large));
      slow.text(Tokens.auth("nothing").replace('\'', '"'));
      int got = 0;
      JsonNode frame = Json.mapper().readTree(slow.read().text());
      while (op(frame).equals("EVENT")) {
        got++;
        frame = Json.mapper().readTree(slow.read().text());
      }
      assertThat(op(frame)).isEqualTo("REVOKED");
      assertThat(got).isLessThan(events);
      assertThat(slow.read().text()).contains("\"OK\"");
      other.send(subscribe("lost", "g"));
      List<JsonNode> all = other.next("EVENT", events);
      assertThat(all).allMatch(event -> event.at("/ctx/attempt").asInt() == 1);
      slow.text("{\"op\":\"JUMP\"}");
      assertThat(slow.read().text()).contains("unknown_op");
    }
  }

  @Test
  void noEventComesBehindARevokedHoweverManyAreOnTheirWay() {
    AtomicBoolean enough = new AtomicBoolean();
    try (Peer client = login()) {
      CompletableFuture<?> publishing =
          CompletableFuture.runAsync(
              () -> {
                while (!enough.get()) {
                  on.publish("lost", "1");
                }
              });
      try {
        for (int round = 0; round < 50; round++) {
          client.send(subscribe("lost", "g" + round).replace("earliest", "latest"));
          client.next("EVENT");
          client.send(Tokens.auth("nothing"));
          client.next("REVOKED");
          assertThat(op(client.next())).as("round %d", round).isEqualTo("OK");
          client.send(Tokens.auth("all"));
          assertThat(op(client.next())).as("round %d", round).isEqualTo("OK");
        }
      } finally {
        enough.set(true);
        publishing.join();
      }
    }
  }

  @Test
  void aSubscriptionThatIsBeingMadeIsCheckedByTheTokenBehindIt() {
    Subscribing slow = new Subscribing(on.bus);
    try (WsGateway gateway = WsGateway.of(slow.bus()).port(0).auth(tokens).start();
        Peer client = Peer.connect(gateway.address());
        Peer other = login()) {
      client.ask(Tokens.auth("all"));
      client.send(subscribe("lost", "g"));
      slow.awaitAsked();
      on.publish("lost", "1");
      client.send(Tokens.auth("nothing"));
      slow.release();
      List<String> ops = new ArrayList<>();
      while (ops.size() < 3) {
        String next = op(client.next());
        if (!next.equals("EVENT")) {
          ops.add(next);
        }
      }
      assertThat(ops).containsExactly("OK", "REVOKED", "OK");
      other.send(subscribe("lost", "g"));
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void aSubscribeBehindANarrowerTokenIsJudgedByIt() {
    tokens.hold("nothing");
    try (Peer client = login()) {
      client.send(Tokens.auth("nothing"));
      tokens.awaitAsked("nothing");
      client.send(subscribe("lost", "g"));
      tokens.release("nothing");
      assertThat(op(client.next())).isEqualTo("OK");
      assertThat(client.next().path("code").asText()).isEqualTo("forbidden");
      assertThat(on.bus.admin().group("lost", "g")).isEmpty();
    }
  }

  @Test
  void aPublishThatWasTakenBeforeIsAppendedAndAnswered() {
    try (RawPeer client = RawPeer.connect(on.address())) {
      client.text(Tokens.auth("all").replace('\'', '"'));
      assertThat(client.read().text()).contains("OK");
      String publish = "{\"op\":\"PUBLISH\",\"topic\":\"lost\",\"payload\":1,\"corr\":\"p\"}";
      client.together(publish, Tokens.auth("nothing").replace('\'', '"'), publish);
      String answers = client.read().text() + client.read().text() + client.read().text();
      assertThat(answers).contains("\"seq\":1").contains("forbidden");
      assertThat(on.bus.admin().read("lost", 1, 10).events()).hasSize(1);
    }
  }
}
