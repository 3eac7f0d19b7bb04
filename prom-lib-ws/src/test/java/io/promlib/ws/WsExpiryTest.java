package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Policy;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WsExpiryTest {
  private static final String SUBSCRIBE =
      "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualClock clock = new ManualClock();
  private final Instant start = clock.wall().instant();
  private final List<String> authenticated = new CopyOnWriteArrayList<>();
  private final Tokens tokens =
      new Tokens()
          .with("minute", Policy.allowAll(), start.plus(MINUTE))
          .with("hour", Policy.allowAll(), start.plus(MINUTE.multipliedBy(60)))
          .with("for ever", Policy.allowAll())
          .with("for ages", Policy.allowAll(), Instant.MAX);
  private Fixture on;

  @BeforeEach
  void start() {
    GatewayLimits limits = GatewayLimits.builder().pingInterval(Duration.ofHours(24)).build();
    GatewayListener listener =
        new GatewayListener() {
          @Override
          public void onAuthenticated(GatewayPeer peer) {
            authenticated.add(peer.subject());
          }
        };
    on = Fixture.with(b -> b.auth(tokens).timing(clock).limits(limits).listener(listener));
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

  private static void assertOver(Peer client) {
    assertThat(client.next("ERR").path("code").asText()).isEqualTo("token_expired");
    assertThat(client.closeCode()).isEqualTo(4401);
  }

  private static void assertOpen(Peer client) {
    assertThat(client.answerTo("{'op':'PUBLISH','topic':'open','payload':1}").path("op").asText())
        .isEqualTo("OK");
  }

  private JsonNode subscribeAndTakeOne(Peer client) {
    client.answerTo(SUBSCRIBE);
    on.publish("t", "1");
    return client.next("EVENT");
  }

  private static JsonNode ack(Peer client, JsonNode event) {
    String id = event.at("/event/id").asText();
    return client.answerTo("{'op':'ACK','topic':'t','group':'g','id':'" + id + "'}");
  }

  @Test
  void aSessionEndsWithItsTokenAndHandsBackUncounted() {
    try (Peer client = login("minute");
        Peer other = login("for ever")) {
      subscribeAndTakeOne(client);
      other.answerTo(SUBSCRIBE);
      clock.advance(MINUTE.minusMillis(1));
      assertOpen(client);
      clock.advance(Duration.ofMillis(1));
      assertOver(client);
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
      assertOpen(other);
    }
  }

  @Test
  void aFreshTokenInTimeKeepsTheSessionItsSubscriptionsAndItsLeases() {
    try (Peer client = login("minute")) {
      JsonNode event = subscribeAndTakeOne(client);
      clock.advance(MINUTE.minusMillis(1));
      assertThat(client.ask(Tokens.auth("hour")).path("expires_at").asLong())
          .isEqualTo(start.plus(MINUTE.multipliedBy(60)).toEpochMilli());
      clock.advance(MINUTE);
      assertThat(ack(client, event).path("result").asText()).isEqualTo("ok");
      on.publish("t", "2");
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(2);
      clock.advance(Duration.between(clock.wall().instant(), start.plus(MINUTE.multipliedBy(60))));
      assertOver(client);
    }
  }

  @Test
  void aFreshTokenMayShortenTheSession() {
    try (Peer client = login("hour")) {
      client.ask(Tokens.auth("minute"));
      clock.advance(MINUTE);
      assertOver(client);
    }
  }

  @Test
  void aFreshTokenThatNeverEndsTakesTheEndAway() {
    try (Peer client = login("minute")) {
      assertThat(client.ask(Tokens.auth("for ever")).has("expires_at")).isFalse();
      clock.advance(MINUTE.multipliedBy(1000));
      assertOpen(client);
    }
  }

  @Test
  void anEndBeyondAllNumbersIsTheLargestOne() {
    try (Peer client = on.connect()) {
      assertThat(client.ask(Tokens.auth("for ages")).path("expires_at").asLong())
          .isEqualTo(Long.MAX_VALUE);
      clock.advance(MINUTE.multipliedBy(1000));
      assertOpen(client);
    }
  }

  @Test
  void aRefusedTokenMovesNoEnd() {
    try (Peer client = login("minute")) {
      client.ask(Tokens.auth("unknown"));
      clock.advance(MINUTE);
      assertOver(client);
    }
  }

  @Test
  void aWallClockThatIsSetForwardEndsTheSessionWithinAMinute() {
    try (Peer client = login("hour")) {
      clock.jumpWall(Duration.ofHours(2));
      clock.advance(MINUTE);
      assertOver(client);
    }
  }

  @Test
  void aWallClockThatIsSetBackLeavesTheSessionItsTime() {
    try (Peer client = login("minute")) {
      clock.jumpWall(MINUTE.negated());
      clock.advance(MINUTE);
      assertOpen(client);
      clock.advance(MINUTE);
      assertOver(client);
    }
  }

  @Test
  void aTokenThatExpiredIsNotRenewedThoughNoTimerSawItYet() {
    tokens.with("later", Policy.allowAll(), start.plus(Duration.ofHours(9)));
    try (Peer client = login("hour")) {
      clock.jumpWall(Duration.ofHours(2));
      client.send(Tokens.auth("later"));
      assertOver(client);
      assertThat(authenticated).hasSize(1);
    }
  }

  @Test
  void aCheckUnderWayDoesNotKeepASessionWhoseTokenExpires() {
    tokens.hold("hour");
    try (Peer client = login("minute");
        Peer other = login("for ever")) {
      subscribeAndTakeOne(client);
      other.answerTo(SUBSCRIBE);
      client.send(Tokens.auth("hour"));
      client.send("{'op':'PUBLISH','topic':'behind','payload':1}");
      tokens.awaitAsked("hour");
      clock.advance(MINUTE);
      // All of it while the authenticator still thinks.
      assertOver(client);
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
      tokens.release("hour");
      assertOpen(other);
      assertThat(on.bus.admin().read("behind", 1, 10).events()).isEmpty();
      assertThat(authenticated).hasSize(2);
    }
  }

  @Test
  void aSubscriptionThatIsBeingMadeWhenTheTokenExpiresIsEndedToo() {
    Subscribing slow = new Subscribing(on.bus);
    GatewayLimits limits = GatewayLimits.builder().pingInterval(Duration.ofHours(24)).build();
    try (WsGateway gateway =
            WsGateway.of(slow.bus()).port(0).auth(tokens).timing(clock).limits(limits).start();
        Peer client = Peer.connect(gateway.address());
        Peer other = login("for ever")) {
      client.ask(Tokens.auth("minute"));
      client.send(SUBSCRIBE);
      slow.awaitAsked();
      clock.advance(MINUTE);
      assertOver(client);
      on.publish("t", "1");
      slow.release();
      other.answerTo(SUBSCRIBE);
      assertThat(other.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }
}
