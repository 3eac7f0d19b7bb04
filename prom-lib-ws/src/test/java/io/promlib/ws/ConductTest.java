package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an authenticated client may send that is no work, and what becomes of one that goes on. */
class ConductTest {
  private static final String PUBLISH = "{'op':'PUBLISH','topic':'t','payload':1}";
  private static final String SUBSCRIBE = "{'op':'SUBSCRIBE','topic':'t','group':'g'}";
  private static final String ACK_OF_NOTHING = "{'op':'ACK','topic':'t','group':'g','id':'i'}";

  private final ManualClock clock = new ManualClock();

  private Fixture limited(UnaryOperator<GatewayLimits.Builder> change) {
    GatewayLimits limits = change.apply(GatewayLimits.builder()).build();
    return Fixture.with(b -> b.timing(clock).limits(limits));
  }

  private static String[] times(int count, String frame) {
    String[] all = new String[count];
    Arrays.fill(all, frame.replace('\'', '"'));
    return all;
  }

  /** Logs in, sends all in one write, and gives the code that the gateway closes with. */
  private static int closeAfter(Fixture on, String... frames) {
    try (RawPeer client = RawPeer.connect(on.address()).login()) {
      client.together(frames);
      return client.closeCode();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "{'op':'JUMP'}", "{'op':'PAUSE'}", "{'op':'ACK','op':'ACK'}"})
  void aHundredMistakesAreAnsweredAndOneMoreIsAbuse(String mistake) {
    try (Fixture on = limited(l -> l)) {
      try (Peer client = on.login()) {
        for (int i = 0; i < 100; i++) {
          client.send(mistake);
        }
        assertThat(client.next("ERR", 100)).hasSize(100);
        assertThat(client.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
        client.send(mistake);
        assertThat(client.closeCode()).isEqualTo(4403);
      }
    }
  }

  @Test
  void aMistakeASecondIsNeverCut() {
    try (Fixture on = limited(l -> l.maxMistakes(2));
        Peer client = on.login()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.refusal("{'op':'JUMP'}")).isEqualTo("unknown_op");
        clock.advance(Duration.ofSeconds(1));
      }
      assertThat(client.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void mistakesOfOneClientDoNotCountForAnother() {
    try (Fixture on = limited(l -> l.maxMistakes(1));
        Peer other = on.login()) {
      assertThat(closeAfter(on, times(2, "{"))).isEqualTo(4403);
      assertThat(other.refusal("{")).isEqualTo("bad_json");
    }
  }

  @Test
  void whatComesBehindTheLastMistakeHasNoEffect() {
    try (Fixture on = limited(l -> l.maxMistakes(1))) {
      assertThat(closeAfter(on, "{", "{", PUBLISH.replace('\'', '"'))).isEqualTo(4403);
      await().untilAsserted(() -> assertThat(on.closes).containsExactly(4403));
      assertThat(on.bus.admin().read("t", 1, 10).events()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'op':'PAUSE','topic':'t','group':'g'}",
        "{'op':'RESUME','topic':'t','group':'g'}",
        "{'op':'UNSUBSCRIBE','topic':'t','group':'none'}",
        SUBSCRIBE,
        ACK_OF_NOTHING,
        "{'op':'ACK','topic':'t','group':'g','ids':['i','j']}",
        "{'op':'MODACK','topic':'t','group':'g','ids':['i','j']}",
        "{'op':'NACK','topic':'t','group':'none','id':'i'}",
        "{'op':'MODACK','topic':'t','group':'g','id':'i'}",
        "{'op':'PUBLISH','topic':'dlq.t','payload':1}"
      })
  void aThousandFramesWithoutWorkAreAnsweredAndOneMoreIsAbuse(String idle) {
    try (Fixture on = limited(l -> l);
        Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      for (int i = 0; i < 999; i++) {
        client.send(idle);
      }
      for (int i = 0; i < 999; i++) {
        client.next();
      }
      assertThat(client.ask(PUBLISH).path("op").asText()).isIn("OK", "EVENT");
      client.send(idle);
      JsonNode error = client.next("ERR");
      assertThat(error.path("code").asText()).isEqualTo("too_many");
      assertThat(client.closeCode()).isEqualTo(4403);
    }
  }

  @Test
  void theRateOfFramesWithoutWorkRefills() {
    try (Fixture on = limited(l -> l.idleRate(5));
        Peer client = on.login()) {
      for (int second = 0; second < 20; second++) {
        for (int i = 0; i < 5; i++) {
          assertThat(client.refusal(ACK_OF_NOTHING)).isEqualTo("not_subscribed");
        }
        clock.advance(Duration.ofSeconds(1));
      }
      assertThat(client.isClosed()).isFalse();
    }
  }

  @Test
  void workIsNotCounted() {
    try (Fixture on = limited(l -> l.idleRate(1).publishRate(1000));
        Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      for (int i = 0; i < 200; i++) {
        client.send(PUBLISH);
        String id = client.next("EVENT").at("/event/id").asText();
        client.send("{'op':'ACK','topic':'t','group':'g','id':'" + id + "'}");
      }
      await()
          .untilAsserted(
              () -> assertThat(on.bus.admin().group("t", "g").orElseThrow().inFlight()).isZero());
      assertThat(client.isClosed()).isFalse();
    }
  }

  @Test
  void aPublishThatIsTooFastIsNotCounted() {
    try (Fixture on = limited(l -> l.idleRate(1).publishRate(1));
        Peer client = on.login()) {
      client.ask(PUBLISH);
      for (int i = 0; i < 100; i++) {
        assertThat(client.refusal(PUBLISH)).isEqualTo("rate_limited");
      }
    }
  }

  @Test
  void extendingALeaseNowAndThenIsWorkAndAFloodOfItIsNot() {
    try (Fixture on = limited(l -> l.idleRate(1));
        Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      client.send("{'op':'PUBLISH','topic':'t','payload':1,'opts':{'id':'i'}}");
      client.next("EVENT");
      String extend = "{'op':'MODACK','topic':'t','group':'g','id':'i','extend_ms':600000}";
      for (int i = 0; i < 9; i++) {
        client.answerTo(extend);
      }
      client.send(extend).send(extend);
      assertThat(client.closeCode()).isEqualTo(4403);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFloodOfPingsIsAbuse(boolean authenticated) {
    byte[] pings = new byte[6 * 1001];
    for (int i = 0; i < pings.length; i += 6) {
      pings[i] = (byte) 0x89;
      pings[i + 1] = (byte) 0x80;
    }
    try (Fixture on = limited(l -> l);
        RawPeer client = RawPeer.connect(on.address())) {
      if (authenticated) {
        client.login();
      }
      client.write(pings);
      assertThat(client.closeCode()).isEqualTo(4403);
      assertThat(on.errors).containsOnly(ErrorCode.TOO_MANY);
    }
  }

  @Test
  void subscribesComeAtARateAndTheRefusedAreToldWhenToGoOn() {
    try (Fixture on = limited(l -> l.subscribeRate(1).maxSubscriptions(2));
        Peer client = on.login()) {
      for (int i = 0; i < 10; i++) {
        String group = "'g" + i + "'";
        assertThat(client.ask(SUBSCRIBE.replace("'g'", group)).path("op").asText()).isEqualTo("OK");
        client.ask("{'op':'UNSUBSCRIBE','topic':'t','group':" + group + "}");
      }
      JsonNode error = client.ask(SUBSCRIBE);
      assertThat(error.path("code").asText()).isEqualTo("rate_limited");
      assertThat(error.path("temporary").asBoolean()).isTrue();
      assertThat(error.path("retry_ms").asLong()).isBetween(1000L, 1001L);
      assertThat(on.bus.admin().group("t", "g")).isEmpty();
      clock.advance(Duration.ofSeconds(1));
      assertThat(client.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void asManySubscriptionsAsAConnectionMayHaveCanBeMadeAtOnce() {
    try (Fixture on = limited(l -> l.subscribeRate(1).maxSubscriptions(30));
        Peer client = on.login()) {
      for (int i = 0; i < 30; i++) {
        client.send(SUBSCRIBE.replace("'g'", "'g" + i + "'"));
      }
      assertThat(client.next("OK", 30)).hasSize(30);
    }
  }

  @Test
  void theGroupsThatTheBusMayHaveAreALimitThatIsNamed() {
    try (EventBus small =
            EventBus.builder().stores(new InMemoryEventStore(), new InMemoryGroupStore(2)).build();
        WsGateway gateway = WsGateway.of(small).port(0).auth(Fixture.open()).start();
        Peer client = Peer.login(gateway.address())) {
      client.ask(SUBSCRIBE.replace("'g'", "'a'"));
      client.ask(SUBSCRIBE.replace("'g'", "'b'"));
      assertThat(client.refusal(SUBSCRIBE)).isEqualTo("too_many");
      client.ask("{'op':'UNSUBSCRIBE','topic':'t','group':'a'}");
      assertThat(client.ask(SUBSCRIBE.replace("'g'", "'a'")).path("op").asText()).isEqualTo("OK");
      assertThat(client.answerTo(PUBLISH).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aRuleWithGroupsKeepsAClientFromMakingOthers() {
    Policy policy = Policy.allow(Action.SUBSCRIBE, "**").groups("mine").build();
    try (Fixture on =
            Fixture.with(b -> b.auth(StaticTokenAuthenticator.of(Fixture.TOKEN, policy)));
        Peer client = on.login()) {
      assertThat(client.refusal(SUBSCRIBE)).isEqualTo("forbidden");
      assertThat(on.bus.admin().group("t", "g")).isEmpty();
    }
  }

  @Test
  void aFloodOfOneClientLeavesTheOthersServed() {
    try (Fixture on = limited(l -> l);
        Peer good = on.login()) {
      for (int i = 0; i < 20; i++) {
        String[] flood = times(1001, i % 2 == 0 ? ACK_OF_NOTHING : "{}");
        assertThat(closeAfter(on, flood)).isEqualTo(4403);
        assertThat(good.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isEqualTo(1));
      assertThat(on.closes).containsOnly(4403);
    }
  }
}
