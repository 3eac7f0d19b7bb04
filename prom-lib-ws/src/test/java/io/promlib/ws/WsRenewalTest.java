package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WsRenewalTest {
  private static final Policy ON_A = Policy.allow(Action.ANY, "a").build();
  private static final Policy ON_B = Policy.allow(Action.ANY, "b").build();
  private static final String TO_A = "{'op':'PUBLISH','topic':'a','payload':1}";
  private static final String TO_B = "{'op':'PUBLISH','topic':'b','payload':1}";
  private static final String OF_A =
      "{'op':'SUBSCRIBE','topic':'a','group':'g','opts':{'from':'earliest'}}";

  private final ManualClock clock = new ManualClock();
  private final Instant hence = clock.wall().instant().plusSeconds(600);
  private final List<String> authenticated = new CopyOnWriteArrayList<>();
  private final Tokens tokens =
      new Tokens()
          .with("a", ON_A)
          .with("b", ON_B)
          .with("b until", ON_B, hence)
          .with("all", Policy.allowAll())
          .with("old", Policy.allowAll(), clock.wall().instant())
          .with("of bob", new Identity("bob", Policy.allowAll(), null));
  private Fixture on;

  @BeforeEach
  void start() {
    GatewayListener listener =
        new GatewayListener() {
          @Override
          public void onAuthenticated(GatewayPeer peer) {
            authenticated.add(peer.subject());
          }
        };
    on = Fixture.with(b -> b.auth(tokens).timing(clock).listener(listener));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private Peer login(String token) {
    Peer peer = on.connect();
    assertThat(peer.ask(Tokens.auth(token)).path("op").asText()).isEqualTo("OK");
    return peer;
  }

  private static String op(JsonNode frame) {
    return frame.path("op").asText();
  }

  private static String code(JsonNode frame) {
    return frame.path("code").asText();
  }

  @Test
  void aFreshTokensPolicyAndExpiryReplaceTheOldOnes() {
    try (Peer client = login("a")) {
      assertThat(op(client.answerTo(TO_A))).isEqualTo("OK");
      assertThat(code(client.answerTo(TO_B))).isEqualTo("forbidden");
      JsonNode ok = client.answerTo(Tokens.auth("b until"));
      assertThat(op(ok)).isEqualTo("OK");
      assertThat(ok.path("expires_at").asLong()).isEqualTo(hence.toEpochMilli());
      assertThat(code(client.answerTo(TO_A))).isEqualTo("forbidden");
      assertThat(op(client.answerTo(TO_B))).isEqualTo("OK");
      assertThat(authenticated).containsExactly("alice", "alice");
    }
  }

  @Test
  void framesBehindAFreshTokenWaitForItAndAreJudgedByIt() {
    tokens.hold("b");
    try (Peer client = login("a")) {
      client.send(withCorr(TO_A, "before"));
      client.send(withCorr(Tokens.auth("b"), "auth"));
      client.send(withCorr(TO_A, "behind"));
      client.send(withCorr(TO_B, "allowed"));
      client.send(withCorr(OF_A, "subscribe"));
      assertThat(client.next().path("corr").asText()).isEqualTo("before");
      tokens.awaitAsked("b");
      assertThat(client.heard()).isZero();
      tokens.release("b");
      assertThat(client.next().path("corr").asText()).isEqualTo("auth");
      assertThat(code(client.next())).isEqualTo("forbidden");
      List<JsonNode> rest = List.of(client.next(), client.next());
      assertThat(rest)
          .extracting(frame -> frame.path("corr").asText() + " " + op(frame) + code(frame))
          .containsExactlyInAnyOrder("allowed OK", "subscribe ERRforbidden");
      assertThat(on.bus.admin().read("a", 1, 10).events()).hasSize(1);
    }
  }

  private static String withCorr(String frame, String corr) {
    return frame.substring(0, frame.length() - 1) + ",'corr':'" + corr + "'}";
  }

  @Test
  void ofTwoFreshTokensAtOnceTheSecondHoldsInTheEnd() {
    try (Peer client = login("all")) {
      assertThat(op(client.answerTo(OF_A))).isEqualTo("OK");
      client.send(Tokens.auth("b")).send(Tokens.auth("a"));
      assertThat(op(client.next())).isEqualTo("REVOKED");
      assertThat(op(client.next())).isEqualTo("OK");
      assertThat(op(client.next())).isEqualTo("OK");
      assertThat(op(client.answerTo(TO_A))).isEqualTo("OK");
      assertThat(code(client.answerTo(TO_B))).isEqualTo("forbidden");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "{'op':'AUTH'}, no_token",
    "{'op':'AUTH';'token':''}, no_token",
    "{'op':'AUTH';'token':'nobody knows it'}, bad_token",
    "{'op':'AUTH';'token':'old'}, token_expired",
    "{'op':'AUTH';'token':'broken'}, internal",
    "{'op':'AUTH';'token':'of bob'}, forbidden",
  })
  void aRefusedTokenIsNamedAndLeavesTheOldOneInForce(String frame, String code) {
    String auth = frame.replace(';', ',').replace("'", "\"");
    try (Peer client = login("a")) {
      client.answerTo(OF_A);
      on.publish("a", "1");
      JsonNode event = client.next("EVENT");
      client.sendExactly(auth);
      JsonNode refused = client.next();
      assertThat(code(refused)).as(refused.toString()).isEqualTo(code);
      assertThat(refused.toString()).doesNotContain("nobody", "a bug", "bob");
      String id = event.at("/event/id").asText();
      JsonNode acked = client.answerTo("{'op':'ACK','topic':'a','group':'g','id':'" + id + "'}");
      assertThat(acked.path("result").asText()).isEqualTo("ok");
      on.publish("a", "2");
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(2);
      assertThat(code(client.answerTo(TO_B))).isEqualTo("forbidden");
      assertThat(authenticated).containsExactly("alice");
    }
  }

  @Test
  void refusedTokensDoNotAddUpToAClose() {
    try (Peer client = login("a")) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.refusal(Tokens.auth("wrong"))).isEqualTo("bad_token");
      }
      assertThat(op(client.answerTo(TO_A))).isEqualTo("OK");
    }
  }

  @Test
  void aFloodOfTokensIsRefusedWithoutLookingAtThem() {
    try (Fixture limited =
            Fixture.with(
                b ->
                    b.auth(tokens)
                        .timing(clock)
                        .limits(
                            GatewayLimits.builder()
                                .reauthInterval(Duration.ofSeconds(2))
                                .build()));
        Peer client = limited.connect()) {
      client.ask(Tokens.auth("a"));
      for (int i = 0; i < 5; i++) {
        assertThat(op(client.ask(Tokens.auth("a")))).isEqualTo("OK");
      }
      int looked = tokens.checks();
      for (int i = 0; i < 100; i++) {
        JsonNode refused = client.ask(Tokens.auth("b"));
        assertThat(code(refused)).isEqualTo("rate_limited");
        assertThat(refused.path("retry_ms").asLong()).isBetween(2000L, 2001L);
      }
      assertThat(tokens.checks()).isEqualTo(looked);
      assertThat(op(client.answerTo(TO_A))).isEqualTo("OK");
      clock.advance(Duration.ofSeconds(2));
      assertThat(op(client.ask(Tokens.auth("b")))).isEqualTo("OK");
      assertThat(client.refusal(Tokens.auth("b"))).isEqualTo("rate_limited");
    }
  }

  @Test
  void withoutASettingATokenMayComeEachFiveSeconds() {
    try (Peer client = login("a")) {
      for (int i = 0; i < 5; i++) {
        assertThat(op(client.ask(Tokens.auth("a")))).isEqualTo("OK");
      }
      assertThat(client.ask(Tokens.auth("a")).path("retry_ms").asLong()).isBetween(5000L, 5001L);
    }
  }

  @Test
  void aSocketThatBreaksWhileATokenIsCheckedIsACrash() {
    tokens.with("as good", ON_A).hold("as good");
    try (Peer other = login("all");
        Peer client = login("a")) {
      client.answerTo(OF_A);
      on.publish("a", "1");
      client.next("EVENT");
      other.answerTo(OF_A);
      client.send(Tokens.auth("as good"));
      tokens.awaitAsked("as good");
      client.crash();
      await().until(() -> on.gateway.connections() == 1);
      tokens.release("as good");
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
      assertThat(authenticated).containsExactly("alice", "alice");
    }
  }

  @Test
  void aCheckThatNeverEndsKeepsNoLeasesFromBeingHandedBack() {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Authenticator deaf =
        token -> {
          boolean ended = !token.equals("hangs");
          while (!ended) {
            asked.countDown();
            try {
              never.await();
              ended = true;
            } catch (InterruptedException e) {
              // Deaf to it.
            }
          }
          return new Identity("s", Policy.allowAll(), null);
        };
    try (Peer other = login("all")) {
      WsGateway closing = WsGateway.of(on.bus).port(0).auth(deaf).start();
      Peer client = Peer.connect(closing.address());
      client.ask(Tokens.auth("s"));
      client.answerTo(OF_A);
      on.publish("a", "1");
      client.next("EVENT");
      other.answerTo(OF_A);
      client.send(Tokens.auth("hangs"));
      Latches.await(asked);
      closing.close();
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
      client.crash();
    } finally {
      never.countDown();
    }
  }

  @Test
  void aBusThatClosesWhileATokenIsCheckedSendsTheClientAway() {
    tokens.hold("b");
    try (Peer client = login("a")) {
      client.answerTo(OF_A);
      client.send(Tokens.auth("b"));
      tokens.awaitAsked("b");
      on.bus.close();
      tokens.release("b");
      assertThat(op(client.next("OK"))).isEqualTo("OK");
      assertThat(client.next("GOAWAY").path("msg").asText()).contains("bus");
      assertThat(client.closeCode()).isEqualTo(1001);
    }
  }
}
