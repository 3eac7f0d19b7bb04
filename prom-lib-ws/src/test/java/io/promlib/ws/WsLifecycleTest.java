package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.EventBus;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class WsLifecycleTest {
  private static final String SUBSCRIBE =
      "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}";

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(
            name ->
                name.startsWith("prom-")
                    || name.startsWith("WebSocket")
                    || name.contains("connectionLost"))
        .toList();
  }

  @Test
  void closingSendsClientsAwayAndHandsBackUncounted() {
    try (EventBus bus = EventBus.inMemory();
        WsGateway second = WsGateway.of(bus).port(0).auth(Fixture.open()).start()) {
      WsGateway first = WsGateway.of(bus).port(0).auth(Fixture.open()).start();
      Peer leaving = Peer.login(first.address());
      Peer staying = Peer.login(second.address());
      leaving.ask(SUBSCRIBE);
      leaving.send("{'op':'PUBLISH','topic':'t','payload':1}");
      leaving.next("EVENT");
      staying.ask(SUBSCRIBE);
      first.close();
      JsonNode goAway = leaving.next("GOAWAY");
      assertThat(goAway.path("reconnect_ms").asLong()).isBetween(100L, 1100L);
      assertThat(goAway.path("msg").asText()).contains("shutting down");
      assertThat(leaving.closeCode()).isEqualTo(1001);
      assertThat(staying.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
      staying.close();
    }
  }

  @Test
  void clientsThatAreSentAwayComeBackOneAfterTheOther() {
    List<Peer> clients = new ArrayList<>();
    Fixture on = Fixture.start();
    for (int i = 0; i < 20; i++) {
      clients.add(on.login());
    }
    on.close();
    List<Long> waits =
        clients.stream().map(one -> one.next("GOAWAY").path("reconnect_ms").asLong()).toList();
    assertThat(waits).doesNotHaveDuplicates();
    clients.forEach(Peer::close);
  }

  @Test
  void closingLeavesNoThreadAndNoSocket() {
    await().until(() -> threads().isEmpty());
    List<RawPeer> peers = new ArrayList<>();
    Fixture on = Fixture.start();
    peers.add(RawPeer.dial(on.address()));
    peers.add(RawPeer.connect(on.address()));
    peers.add(RawPeer.connect(on.address()).login());
    peers.get(2).text(SUBSCRIBE.replace('\'', '"'));
    assertThat(peers.get(2).read().text()).contains("OK");
    assertThat(threads())
        .contains("prom-ws-selector", "prom-ws-worker-1", "prom-ws-flush", "prom-timer");
    on.close();
    on.close();
    peers.forEach(peer -> assertThat(peer.sawEnd()).isTrue());
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
    assertThatThrownBy(() -> RawPeer.dial(on.address())).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void allThreadsAreDaemons() {
    try (Fixture on = Fixture.start();
        Peer client = on.login()) {
      assertThat(client.isClosed()).isFalse();
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getName().startsWith("prom-"))
          .allMatch(Thread::isDaemon);
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    try (Fixture on = Fixture.start()) {
      int port = on.address().getPort();
      assertThatThrownBy(() -> WsGateway.of(on.bus).port(port).auth(Fixture.open()).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("127.0.0.1:" + port);
    }
  }

  @Test
  void closingLeavesNothingScheduledOnAClockThatTheHostKeeps() {
    ManualClock clock = new ManualClock();
    try (EventBus bus = EventBus.inMemory()) {
      WsGateway gateway = WsGateway.of(bus).port(0).auth(Fixture.open()).timing(clock).start();
      RawPeer client = RawPeer.connect(gateway.address(), 8 << 10).login();
      assertThat(clock.pending()).isPositive();

      gateway.close();

      await().until(() -> clock.pending() == 0);
      client.close();
    }
  }

  @Test
  void aHostThatDoesNotExistIsNamed() {
    try (EventBus bus = EventBus.inMemory()) {
      assertThatThrownBy(
              () -> WsGateway.of(bus).bind("no host").port(0).auth(Fixture.open()).start())
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage("cannot listen on no host:0: there is no such host");
    }
  }

  @Test
  void aGatewayWithoutAnAuthenticatorDoesNotStart() {
    try (EventBus bus = EventBus.inMemory()) {
      assertThatThrownBy(() -> WsGateway.of(bus).port(0).start())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("auth");
    }
  }

  @Test
  void aListenerThatFailsChangesNothingAndTheNextIsTold() {
    List<ErrorCode> heard = new CopyOnWriteArrayList<>();
    try (Fixture on =
            Fixture.with(
                b ->
                    b.listener(
                            new GatewayListener() {
                              @Override
                              public void onError(GatewayPeer peer, ErrorCode code) {
                                throw new IllegalStateException("a bug");
                              }
                            })
                        .listener(
                            new GatewayListener() {
                              @Override
                              public void onError(GatewayPeer peer, ErrorCode code) {
                                heard.add(code);
                              }
                            }));
        Peer client = on.login()) {
      assertThat(client.refusal("{}")).isEqualTo("bad_request");
      assertThat(heard).containsExactly(ErrorCode.BAD_REQUEST);
      assertThat(on.errors).isEqualTo(heard);
    }
  }
}
