package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WsIdentityTest {
  private final List<GatewayPeer> peers = new CopyOnWriteArrayList<>();
  private final List<String> heard = new CopyOnWriteArrayList<>();

  private final GatewayListener listener =
      new GatewayListener() {
        @Override
        public void onConnect(GatewayPeer peer) {
          hear(peer, "connect");
        }

        @Override
        public void onAuthenticated(GatewayPeer peer) {
          hear(peer, "authenticated");
        }

        @Override
        public void onError(GatewayPeer peer, ErrorCode code) {
          hear(peer, code.wire());
        }

        @Override
        public void onRevoked(
            GatewayPeer peer, String topic, @Nullable String group, String reason) {
          hear(peer, "revoked " + topic + " " + group + " " + !reason.isEmpty());
        }

        @Override
        public void onClose(GatewayPeer peer, int closeCode, String reason) {
          hear(peer, "close " + closeCode);
        }
      };

  private void hear(GatewayPeer peer, String what) {
    peers.add(peer);
    heard.add(peer.subject() + ": " + what);
  }

  @Test
  void everyEventSaysWhoseItIs() {
    Tokens tokens = new Tokens().with("all", Policy.allowAll()).with("nothing", Policy.denyAll());
    try (Fixture on = Fixture.with(b -> b.auth(tokens).listener(listener));
        Peer client = on.connect()) {
      client.ask(Tokens.auth("wrong"));
      client.ask(Tokens.auth("all"));
      client.answerTo("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      client.answerTo(Tokens.auth("nothing"));
      client.answerTo("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      client.leave();
      await().until(() -> heard.contains("alice: close 1000"));
      assertThat(heard)
          .containsExactly(
              "null: connect",
              "null: bad_token",
              "alice: authenticated",
              "alice: revoked t g true",
              "alice: authenticated",
              "alice: forbidden",
              "alice: close 1000");
      Set<String> where = new HashSet<>();
      peers.forEach(peer -> where.add(peer.id() + " " + peer.remote()));
      assertThat(where).hasSize(1);
      assertThat(peers.get(0).remote().getAddress().isLoopbackAddress()).isTrue();
    }
  }

  @Test
  void aDeletedGroupsSubscriptionIsReportedToo() {
    try (Fixture on = Fixture.with(b -> b.listener(listener));
        Peer client = on.login()) {
      client.answerTo("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      on.bus.admin().deleteGroup("t", "g");
      client.next("REVOKED");
      assertThat(heard).contains("static-token: revoked t g true");
    }
  }

  @Test
  void aLogLineNamesTheConnectionAndItsSubjectCannotForgeAnother() {
    Tokens tokens =
        new Tokens()
            .with(
                "evil",
                new Identity("eve\n[main] ERROR forged\r\u001b[2J", Policy.allowAll(), null));
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (Fixture on = Fixture.with(b -> b.auth(tokens).listener(listener));
        Peer client = on.connect()) {
      client.ask(Tokens.auth("evil"));
      assertThat(client.refusal(Tokens.auth("broken"))).isEqualTo("internal");
    } finally {
      System.setErr(before);
    }
    long id = peers.get(0).id();
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.contains("the authenticator failed"))
        .singleElement()
        .asString()
        .contains(
            "connection " + id + " from ", "of \"eve\\u000a[main] ERROR forged\\u000d\\u001b");
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .noneMatch(line -> line.startsWith("[main] ERROR forged"));
  }
}
