package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What one connection does must not be felt by the others. */
class HostilePeersTest {
  private static final String PUBLISH = "{'op':'PUBLISH','topic':'t','payload':1}";
  private static final byte[] NOTHING = new byte[0];

  @Test
  void smallFramesPassWhenOthersUseUpTheInboundBudget() {
    try (Fixture on = Fixture.limited(l -> l.maxEventBytes(64 << 10).inboundBudget(128 << 10));
        RawPeer greedy = RawPeer.connect(on.address()).login();
        RawPeer last = RawPeer.connect(on.address()).login();
        Peer small = on.login()) {
      greedy.frame(false, RawPeer.TEXT, new byte[128 << 10]).frame(true, RawPeer.PING, NOTHING);
      assertThat(greedy.read().opcode()).isEqualTo(RawPeer.PONG);
      last.frame(false, RawPeer.TEXT, new byte[8 << 10]).frame(true, RawPeer.PING, NOTHING);
      assertThat(last.read().opcode()).isEqualTo(RawPeer.PONG);

      for (int i = 0; i < 10; i++) {
        assertThat(small.ask(PUBLISH).path("op").asText()).isEqualTo("OK");
      }
    }
  }
}
