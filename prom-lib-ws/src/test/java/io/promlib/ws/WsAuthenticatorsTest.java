package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WsAuthenticatorsTest {
  private static final String PUBLISH = "{'op':'PUBLISH','topic':'t','payload':1}";

  private final ManualClock clock = new ManualClock();
  private final Tokens tokens =
      new Tokens()
          .with(
              "short",
              Policy.allow(Action.PUBLISH, "t").build(),
              clock.wall().instant().plusSeconds(60));

  private Fixture both() {
    return Fixture.with(
        b ->
            b.timing(clock)
                .limits(GatewayLimits.builder().pingInterval(Duration.ofHours(24)).build())
                .auth(StaticTokenAuthenticator.of(Fixture.TOKEN).or(tokens)));
  }

  @Test
  void aStaticTokenAndOnesThatExpireOpenOneGateway() {
    try (Fixture on = both();
        Peer fixed = on.login();
        Peer expiring = on.connect()) {
      assertThat(expiring.ask(Tokens.auth("short")).has("expires_at")).isTrue();
      assertThat(expiring.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
      assertThat(expiring.refusal(PUBLISH.replace("'t'", "'u'"))).isEqualTo("forbidden");
      clock.advance(Duration.ofSeconds(60));
      assertThat(expiring.next("ERR").path("code").asText()).isEqualTo("token_expired");
      assertThat(expiring.closeCode()).isEqualTo(4401);
      assertThat(fixed.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void whatNoneOfThemKnowsIsABadToken() {
    try (Fixture on = both();
        Peer client = on.connect()) {
      assertThat(client.refusal(Tokens.auth("unknown"))).isEqualTo("bad_token");
    }
  }

  @Test
  void oneMayNotTakeOverTheOthersSession() {
    try (Fixture on = both();
        Peer client = on.login()) {
      assertThat(client.refusal(Tokens.auth("short"))).isEqualTo("forbidden");
      assertThat(client.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
    }
  }
}
