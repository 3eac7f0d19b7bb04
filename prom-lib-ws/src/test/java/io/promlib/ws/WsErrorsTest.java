package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WsErrorsTest {
  private static Fixture on;

  @BeforeAll
  static void start() {
    on = Fixture.start();
  }

  @AfterAll
  static void stop() {
    on.close();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments("not json", "bad_json", "JSON"),
        arguments("[1]", "bad_json", "object"),
        arguments("{'op':'ACK','op':'ACK'}", "bad_json", ""),
        arguments("{'op':'JUMP'}", "unknown_op", "JUMP"),
        arguments("{'topic':'t'}", "bad_request", "op"),
        arguments("{'op':'PUBLISH','payload':1}", "bad_request", "topic"),
        arguments("{'op':'PUBLISH','topic':'t'}", "bad_request", "payload"),
        arguments("{'op':'PUBLISH','topic':'a..b','payload':1}", "bad_request", "topic"),
        arguments(
            "{'op':'PUBLISH','topic':'t','payload':1,'opts':{'id':'a b'}}", "bad_request", "id"),
        arguments(
            "{'op':'PUBLISH','topic':'t','payload':1,'opts':{'key':''}}", "bad_request", "key"),
        arguments(
            "{'op':'PUBLISH','topic':'t','payload':1,'opts':{'ts':'x'}}", "bad_request", "ts"),
        arguments("{'op':'PUBLISH','topic':'dlq.t','payload':1}", "forbidden", "dlq"),
        arguments("{'op':'PUBLISH','topic':'t.snapshot','payload':1}", "forbidden", "snapshot"),
        arguments("{'op':'SUBSCRIBE','topic':'t'}", "bad_request", "group"),
        arguments("{'op':'SUBSCRIBE','topic':'t','group':'a b'}", "bad_request", "group"),
        arguments(sub("'from':'yesterday'"), "bad_request", "from"),
        arguments(sub("'from':'afterId'"), "bad_request", "afterId"),
        arguments(sub("'from':'afterId','afterId':'nobody'"), "bad_request", "opts.afterId"),
        arguments(sub("'from':'afterSeq','seq':99"), "bad_request", "opts.seq"),
        arguments(sub("'maxAttempts':0"), "bad_request", "maxAttempts"),
        arguments(sub("'maxAttempts':5000"), "bad_request", "maxAttempts"),
        arguments(sub("'maxInFlight':0"), "bad_request", "maxInFlight"),
        arguments(sub("'ackTimeoutMs':0"), "bad_request", "ackTimeoutMs"),
        arguments(sub("'ordering':'wild'"), "bad_request", "ordering"),
        arguments(sub("'filter':{'key':7}"), "bad_request", "filter.key"),
        arguments(sub("'batch':0"), "bad_request", "opts.batch"),
        arguments(sub("'batch':1001"), "bad_request", "opts.batch"),
        arguments(sub("'batch':-1"), "bad_request", "opts.batch"),
        arguments(sub("'batch':2.5"), "bad_request", "opts.batch"),
        arguments(sub("'batch':'ten'"), "bad_request", "opts.batch"),
        arguments(sub("'batch':true"), "bad_request", "opts.batch"),
        arguments(sub("'quiet':1"), "bad_request", "opts.quiet"),
        arguments(sub("'quiet':'yes'"), "bad_request", "opts.quiet"),
        arguments(sub("'mode':'tail'"), "bad_request", "group"),
        arguments(sub("'snapshot':true"), "bad_request", "opts.snapshot"),
        arguments(sub("'mode':'wild'"), "bad_request", "opts.mode"),
        arguments(tail("'snapshot':true,'from':'earliest'"), "bad_request", "opts.snapshot"),
        arguments(tail("'snapshot':7"), "bad_request", "opts.snapshot"),
        arguments(tail("'batch':0"), "bad_request", "opts.batch"),
        arguments(tail("'batch':1001"), "bad_request", "opts.batch"),
        arguments(tail("'batch':[]"), "bad_request", "opts.batch"),
        arguments(tail("'batchSize':0"), "bad_request", "opts.batchSize"),
        arguments(tail("'filter':{'tags':7}"), "bad_request", "filter.tags"),
        arguments(tail("'from':'afterId','afterId':'nobody'"), "bad_request", "opts.afterId"),
        arguments(tail("'from':'afterSeq','seq':99"), "bad_request", "opts.seq"),
        arguments("{'op':'UNSUBSCRIBE','topic':'t'}", "not_subscribed", "subscription"),
        arguments("{'op':'PAUSE','topic':'t'}", "not_subscribed", "subscription"),
        arguments("{'op':'RESUME','topic':'t'}", "not_subscribed", "subscription"),
        arguments("{'op':'ACK','topic':'t','id':'i'}", "not_subscribed", "group"),
        arguments("{'op':'NACK','topic':'t','id':'i'}", "not_subscribed", "group"),
        arguments("{'op':'MODACK','topic':'t','id':'i'}", "not_subscribed", "group"),
        arguments("{'op':'TERM','topic':'t','id':'i'}", "not_subscribed", "group"),
        arguments(
            "{'op':'ACK','topic':'t','group':'none','id':'i'}", "not_subscribed", "subscription"),
        arguments(
            "{'op':'NACK','topic':'t','group':'none','id':'i'}", "not_subscribed", "subscription"),
        arguments(
            "{'op':'MODACK','topic':'t','group':'none','id':'i'}",
            "not_subscribed",
            "subscription"),
        arguments(
            "{'op':'TERM','topic':'t','group':'none','id':'i'}", "not_subscribed", "subscription"),
        arguments("{'op':'ACK','topic':'t','group':'g'}", "bad_request", "id"),
        arguments(settle("'ids':[]"), "bad_request", "ids must have 1 to 1000"),
        arguments(settle("'ids':[" + "'a',".repeat(1000) + "'a']"), "bad_request", "at most 1000"),
        arguments(settle("'id':'a','ids':['a']"), "bad_request", "id and ids"),
        arguments(settle("'ids':'a'"), "bad_request", "ids must be an array"),
        arguments(settle("'ids':{'a':1}"), "bad_request", "ids must be an array"),
        arguments(settle("'ids':['a',7]"), "bad_request", "ids[1] must be a string"),
        arguments(settle("'ids':['a',null]"), "bad_request", "ids[1] must be a string"),
        arguments(settle("'ids':['a',['b']]"), "bad_request", "ids[1] must be a string"),
        arguments(settle("'ids':['a','']"), "bad_request", "id"),
        arguments(settle("'ids':['a','b c']"), "bad_request", "id"),
        arguments(settle("'ids':['a','b'],'lease':'l'"), "bad_request", "give leases"),
        arguments(settle("'ids':['a','b'],'leases':['l']"), "bad_request", "leases"),
        arguments(settle("'ids':['a'],'leases':[]"), "bad_request", "leases"),
        arguments(settle("'ids':['a'],'leases':['l',7]"), "bad_request", "leases[1]"),
        arguments(settle("'ids':['a'],'leases':'l'"), "bad_request", "leases must be an array"),
        arguments(settle("'ids':['a'],'leases':['l'],'lease':'l'"), "bad_request", "leases"),
        arguments(settle("'id':'a','leases':['l']"), "bad_request", "leases"),
        arguments(settle("'ids':['a'],'confirm':'yes'"), "bad_request", "confirm"),
        arguments(settle("'ids':['a']"), "not_subscribed", "subscription"),
        arguments("{'op':'ACK','topic':'t','ids':['a']}", "not_subscribed", "group"),
        arguments(
            "{'op':'NACK','topic':'t','group':'g','id':'i','delay_ms':-1}",
            "bad_request",
            "delay_ms"),
        arguments(
            "{'op':'UNSUBSCRIBE','topic':'t','group':'none'}", "not_subscribed", "subscription"),
        arguments("{'op':'PAUSE','topic':'t','group':'none'}", "not_subscribed", "subscription"),
        arguments("{'op':'RESUME','topic':'t','group':'none'}", "not_subscribed", "subscription"));
  }

  private static String settle(String fields) {
    return "{'op':'ACK','topic':'t','group':'g'," + fields + "}";
  }

  private static String tail(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','opts':{'mode':'tail'," + opts + "}}";
  }

  private static String sub(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{" + opts + "}}";
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsNamedAndTheConnectionGoesOn(String frame, String code, String inMessage) {
    try (Peer client = on.login()) {
      JsonNode error = client.ask(frame);
      assertThat(error.path("code").asText()).as(error.toString()).isEqualTo(code);
      assertThat(error.path("msg").asText()).contains(inMessage);
      assertThat(error.path("temporary").asBoolean(true)).isFalse();
      assertThat(client.ask("{'op':'PUBLISH','topic':'after','payload':1}").path("op").asText())
          .isEqualTo("OK");
    }
  }

  @Test
  void anErrorRepeatsCorr() {
    try (Peer client = on.login()) {
      assertThat(
              client
                  .ask("{'op':'ACK','corr':'mine','topic':'t','group':'none','id':'i'}")
                  .path("corr")
                  .asText())
          .isEqualTo("mine");
    }
  }

  @Test
  void aSecondSubscribeOfAPairIsRefused() {
    try (Peer client = on.login()) {
      client.ask("{'op':'SUBSCRIBE','topic':'twice','group':'g'}");
      assertThat(client.refusal("{'op':'SUBSCRIBE','topic':'twice','group':'g'}"))
          .isEqualTo("already_subscribed");
    }
  }

  @Test
  void modackOfWhatIsNotInFlightIsAnError() {
    try (Peer client = on.login()) {
      client.ask("{'op':'SUBSCRIBE','topic':'modack','group':'g'}");
      assertThat(
              client.refusal(
                  "{'op':'MODACK','topic':'modack','group':'g','id':'i','extend_ms':2000}"))
          .isEqualTo("unknown_id");
    }
  }

  @Test
  void anythingBeforeAuthIsUnauthorized() {
    try (Peer client = on.connect()) {
      assertThat(client.refusal("{'op':'PUBLISH','topic':'t','payload':1}"))
          .isEqualTo("unauthorized");
      assertThat(client.ask("{'op':'AUTH','token':'" + Fixture.TOKEN + "'}").path("op").asText())
          .isEqualTo("OK");
    }
  }

  @Test
  void threeBadTokensCloseTheConnection() {
    try (Peer client = on.connect()) {
      assertThat(client.refusal("{'op':'AUTH'}")).isEqualTo("no_token");
      assertThat(client.refusal("{'op':'AUTH','token':'wrong'}")).isEqualTo("bad_token");
      JsonNode last = client.ask("{'op':'AUTH','token':'guess-of-a-secret'}");
      assertThat(last.toString()).contains("bad_token").doesNotContain("guess");
      assertThat(client.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aGoodTokenAfterTheLastAttemptComesTooLate() {
    try (RawPeer client = RawPeer.connect(on.address())) {
      String good = "{\"op\":\"AUTH\",\"token\":\"" + Fixture.TOKEN + "\"}";
      String bad = "{\"op\":\"AUTH\"}";
      String late = "{\"op\":\"PUBLISH\",\"topic\":\"late\",\"payload\":1}";
      client.together(bad, bad, bad, good, late);
      assertThat(client.closeCode()).isEqualTo(4401);
      assertThat(client.sawEnd()).isTrue();
      assertThat(on.bus.admin().read("late", 1, 10).events()).isEmpty();
    }
  }

  @Test
  void aSettlementThatTheBusFailsAtMayBeTriedAgain() {
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway = WsGateway.of(FailingAcks.of(bus)).port(0).auth(Fixture.open()).start();
        Peer client = Peer.login(gateway.address())) {
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      client.send("{'op':'PUBLISH','topic':'t','payload':1,'opts':{'id':'i'}}");
      client.next("EVENT");
      JsonNode error = client.answerTo("{'op':'ACK','topic':'t','group':'g','id':'i'}");
      assertThat(error.path("code").asText()).isEqualTo("ack_failed");
      assertThat(error.path("temporary").asBoolean()).isTrue();
      assertThat(error.toString()).doesNotContain("store is away");
    }
  }

  @Test
  void aSecretThatStandsWithoutItsQuotesIsNotRepeated() {
    try (Peer client = on.connect()) {
      JsonNode error = client.ask("{'op':'AUTH','token':hunter2}");
      assertThat(error.path("code").asText()).isEqualTo("bad_json");
      assertThat(error.path("msg").asText()).contains("line 1, column").doesNotContain("hunter2");
    }
  }

  @Test
  void manyFramesBeforeAuthCloseTheConnection() {
    try (Peer client = on.connect()) {
      for (int i = 0; i < 32; i++) {
        client.send("{}");
      }
      assertThat(client.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aPolicyDecidesOnTopicsAndGroups() {
    Policy policy =
        Policy.allow(Action.PUBLISH, "in.*")
            .allow(Action.SUBSCRIBE, "out.*")
            .groups("mine")
            .build();
    try (Fixture guarded =
            Fixture.with(b -> b.auth(StaticTokenAuthenticator.of(Fixture.TOKEN, policy)));
        Peer client = guarded.login()) {
      assertThat(client.refusal("{'op':'PUBLISH','topic':'out.a','payload':1}"))
          .isEqualTo("forbidden");
      assertThat(client.ask("{'op':'PUBLISH','topic':'in.a','payload':1}").path("op").asText())
          .isEqualTo("OK");
      assertThat(client.refusal("{'op':'SUBSCRIBE','topic':'in.a','group':'mine'}"))
          .isEqualTo("forbidden");
      assertThat(client.refusal("{'op':'SUBSCRIBE','topic':'out.a','group':'other'}"))
          .isEqualTo("forbidden");
      assertThat(
              client.ask("{'op':'SUBSCRIBE','topic':'out.a','group':'mine'}").path("op").asText())
          .isEqualTo("OK");
    }
  }

  @Test
  void anAuthenticatorsReasonsAreToldApart() {
    try (Fixture picky =
            Fixture.with(
                b ->
                    b.auth(
                        token -> {
                          if (token.equals("broken")) {
                            throw new IllegalStateException("a bug");
                          }
                          throw new AuthenticationException(
                              AuthenticationException.Code.valueOf(token), "no");
                        }));
        Peer client = picky.connect();
        Peer other = picky.connect()) {
      assertThat(client.refusal("{'op':'AUTH','token':'JWT_INVALID'}")).isEqualTo("jwt_invalid");
      assertThat(client.refusal("{'op':'AUTH','token':'TOKEN_EXPIRED'}"))
          .isEqualTo("token_expired");
      JsonNode internal = other.ask("{'op':'AUTH','token':'broken'}");
      assertThat(internal.path("code").asText()).isEqualTo("internal");
      assertThat(internal.toString()).doesNotContain("a bug");
    }
  }

  @Test
  void aTokensExpiryEndsTheSession() {
    ManualClock clock = new ManualClock();
    Instant expiry = clock.wall().instant().plusSeconds(60);
    try (Fixture expiring =
            Fixture.with(
                b -> b.timing(clock).auth(token -> new Identity("s", Policy.allowAll(), expiry)));
        Peer client = expiring.connect()) {
      assertThat(client.ask("{'op':'AUTH','token':'x'}").path("expires_at").asLong())
          .isEqualTo(expiry.toEpochMilli());
      clock.advance(Duration.ofSeconds(30));
      assertThat(client.refusal("{'op':'JUMP'}")).isEqualTo("unknown_op");
      clock.advance(Duration.ofSeconds(30).plusMillis(1));
      assertThat(client.next("ERR").path("code").asText()).isEqualTo("token_expired");
      assertThat(client.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aFullTopicRefusesAPublishForNow() {
    try (Fixture full = Fixture.start();
        Peer client = full.login()) {
      full.bus
          .admin()
          .configure("t", TopicSettings.IN_MEMORY.maxEvents(2).overflow(Overflow.REJECT));
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}");
      client.ask("{'op':'PAUSE','topic':'t','group':'g'}");
      full.publish("t", "1");
      full.publish("t", "2");
      JsonNode error = client.answerTo("{'op':'PUBLISH','topic':'t','payload':3}");
      assertThat(error.path("code").asText()).isEqualTo("publish_failed");
      assertThat(error.path("temporary").asBoolean()).isTrue();
    }
  }

  @Test
  void aClosedBusFailsFramesAndSendsSubscribersAway() {
    try (Fixture ended = Fixture.start();
        Peer subscriber = ended.login();
        Peer client = ended.login()) {
      subscriber.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      ended.bus.close();
      assertThat(subscriber.next("GOAWAY").path("msg").asText()).contains("bus");
      assertThat(client.refusal("{'op':'SUBSCRIBE','topic':'t','group':'g'}"))
          .isEqualTo("subscribe_failed");
      assertThat(client.refusal("{'op':'PUBLISH','topic':'t','payload':1}"))
          .isEqualTo("publish_failed");
    }
  }
}
