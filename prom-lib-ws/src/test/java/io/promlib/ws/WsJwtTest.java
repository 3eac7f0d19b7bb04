package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.jwt.JwtVerifier;
import io.promlib.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens are signed here by RFC 7515, not by the library that checks them. */
class WsJwtTest {
  private static final String SECRET = "a secret of the tests, of more than 32 bytes";
  private static final String WIDE = "publish:in.* subscribe:out.**";
  private static final String OUT = "{'op':'SUBSCRIBE','topic':'out.a','group':'g'}";

  private final ManualClock clock = new ManualClock();
  private Fixture on;

  @BeforeEach
  void start() {
    JwtVerifier verifier =
        JwtVerifier.builder().secret(SECRET).clock(clock.wall()).clockToleranceSec(0).build();
    GatewayLimits limits = GatewayLimits.builder().pingInterval(Duration.ofHours(24)).build();
    on = Fixture.with(b -> b.auth(verifier).timing(clock).limits(limits));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private String token(String subject, long seconds, String scope) {
    long end = clock.wall().instant().getEpochSecond() + seconds;
    return signed("{\"sub\":\"" + subject + "\",\"exp\":" + end + ",\"scope\":\"" + scope + "\"}");
  }

  private static String signed(String claims) {
    String input = encoded("{\"alg\":\"HS256\"}") + "." + encoded(claims);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return input + "." + encoded(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String encoded(String text) {
    return encoded(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private Peer login(String token) {
    Peer peer = on.connect();
    assertThat(peer.ask(Tokens.auth(token)).path("op").asText()).isEqualTo("OK");
    return peer;
  }

  private static String publish(String topic) {
    return "{'op':'PUBLISH','topic':'" + topic + "','payload':1}";
  }

  @Test
  void scopesDecideWhoMayDoWhat() {
    try (Peer client = login(token("ann", 60, WIDE))) {
      assertThat(client.ask(publish("in.a")).path("op").asText()).isEqualTo("OK");
      assertThat(client.refusal(publish("in.a.b"))).isEqualTo("forbidden");
      assertThat(client.refusal(publish("out.a"))).isEqualTo("forbidden");
      assertThat(client.refusal(OUT.replace("out.a", "in.a"))).isEqualTo("forbidden");
      assertThat(client.ask(OUT).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aPolicyInTheTokenDecidesOnGroups() {
    long end = clock.wall().instant().getEpochSecond() + 60;
    String rule =
        "{\"effect\":\"allow\",\"action\":\"subscribe\",\"topics\":[\"out.*\"],\"groups\":[\"g\"]}";
    String claims = "{\"sub\":\"ann\",\"exp\":" + end + ",\"policy\":{\"rules\":[" + rule + "]}}";
    try (Peer client = login(signed(claims))) {
      assertThat(client.refusal(OUT.replace("'g'", "'h'"))).isEqualTo("forbidden");
      assertThat(client.ask(OUT).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aTokensEndIsTheSessionsUnlessAFreshOneComes() {
    try (Peer client = login(token("ann", 60, WIDE))) {
      JsonNode ok = client.ask(Tokens.auth(token("ann", 120, WIDE)));
      assertThat(ok.path("expires_at").asLong())
          .isEqualTo(clock.wall().instant().plusSeconds(120).toEpochMilli());
      clock.advance(Duration.ofSeconds(60));
      assertThat(client.ask(publish("in.a")).path("op").asText()).isEqualTo("OK");
      clock.advance(Duration.ofSeconds(60));
      assertThat(client.next("ERR").path("code").asText()).isEqualTo("token_expired");
      assertThat(client.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aNarrowerTokenRevokes() {
    try (Peer client = login(token("ann", 60, WIDE))) {
      client.ask(OUT);
      assertThat(client.ask(Tokens.auth(token("ann", 60, "publish:in.*"))).path("op").asText())
          .isEqualTo("REVOKED");
      assertThat(client.next().path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void anotherSubjectsTokenIsForbidden() {
    try (Peer client = login(token("ann", 60, WIDE))) {
      assertThat(client.refusal(Tokens.auth(token("bob", 60, WIDE)))).isEqualTo("forbidden");
      assertThat(client.ask(OUT).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aTokenThatWasChangedIsInvalid() {
    String good = token("ann", 60, WIDE);
    String wider = encoded("{\"sub\":\"ann\",\"exp\":99999999999,\"scope\":\"*:**\"}");
    String[] parts = good.split("\\.", -1);
    String forged = parts[0] + "." + wider + "." + parts[2];
    try (Peer stranger = on.connect();
        Peer client = login(good)) {
      assertThat(stranger.refusal(Tokens.auth(forged))).isEqualTo("jwt_invalid");
      assertThat(client.refusal(Tokens.auth(forged))).isEqualTo("jwt_invalid");
      assertThat(client.refusal(publish("out.a"))).isEqualTo("forbidden");
    }
  }

  @Test
  void aTokenThatExpiredBeforeIsNamedSo() {
    try (Peer client = on.connect()) {
      assertThat(client.refusal(Tokens.auth(token("ann", -1, WIDE)))).isEqualTo("token_expired");
    }
  }
}
