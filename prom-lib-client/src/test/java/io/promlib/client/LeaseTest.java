package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Leases of 30 s, on a clock that is turned by hand. */
class LeaseTest extends ClientTest {
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private final List<ClientDelivery<Integer>> deliveries = new CopyOnWriteArrayList<>();

  private EventClient handling(ClientSubscribeOptions options) {
    EventClient client = connect(byHand().keepAlive(Duration.ofHours(1)));
    client.subscribe(
        NUMBERS,
        "g",
        options,
        d -> {
          deliveries.add(d);
          started.countDown();
          reached(go);
        });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    reached(started);
    return client;
  }

  private void answeredUpTo(EventClient client) {
    // Answers come in order: with this one, those before have been taken.
    client.subscribe(NUMBERS, "marker" + clock.nanos(), d -> {}).close();
  }

  @Test
  void aRunningHandlersLeaseIsExtendedWhenHalfOfItIsOver() {
    EventClient client = handling(ClientSubscribeOptions.defaults());

    clock.advance(Duration.ofMillis(14_999));
    long early = gateway.received(ClientFrame.ModAck.class);
    clock.advance(Duration.ofMillis(1));
    ClientFrame.ModAck extension = gateway.next(ClientFrame.ModAck.class);
    answeredUpTo(client);

    assertThat(early).isZero();
    assertThat(extension.target().lease()).isEqualTo("lease-1-1");
    assertThat(extension.extendMs()).isNull();
    assertThat(deliveries.get(0).ackDeadline()).isEqualTo(Duration.ofSeconds(30));
    go.countDown();
  }

  @Test
  void itIsExtendedAgainAndAgainUpToTheLimit() {
    EventClient client =
        handling(ClientSubscribeOptions.builder().extendUpTo(Duration.ofMinutes(1)).build());

    for (int i = 0; i < 20; i++) {
      clock.advance(Duration.ofSeconds(15));
      answeredUpTo(client);
    }

    // At 15, 30 and 45 s; at 60 s the limit is over.
    assertThat(gateway.received(ClientFrame.ModAck.class)).isEqualTo(3);
    assertThat(deliveries.get(0).leaseLost()).isTrue();
    go.countDown();
  }

  @Test
  void byDefaultItIsExtendedForTenMinutes() {
    EventClient client = handling(ClientSubscribeOptions.defaults());

    for (int i = 0; i < 60; i++) {
      clock.advance(Duration.ofSeconds(15));
      answeredUpTo(client);
    }

    assertThat(gateway.received(ClientFrame.ModAck.class)).isEqualTo(39);
    go.countDown();
  }

  @Test
  void withoutExtensionTheLeaseRunsOut() {
    handling(ClientSubscribeOptions.builder().noExtension().build());

    clock.advance(Duration.ofSeconds(29));
    boolean early = deliveries.get(0).leaseLost();
    clock.advance(Duration.ofSeconds(1));

    assertThat(early).isFalse();
    assertThat(deliveries.get(0).leaseLost()).isTrue();
    assertThat(gateway.received(ClientFrame.ModAck.class)).isZero();
    go.countDown();
  }

  @Test
  void anAckAfterTheDeadlineIsStillTriedAsTheEventMayBeFree() {
    handling(ClientSubscribeOptions.builder().noExtension().build());
    clock.advance(Duration.ofSeconds(31));

    go.countDown();

    assertThat(gateway.next(ClientFrame.Ack.class).target().lease()).isEqualTo("lease-1-1");
  }

  @Test
  void whatWaitsForAHandlerIsExtendedToo() {
    EventClient client = handling(ClientSubscribeOptions.defaults());
    gateway.current().send(ScriptedGateway.event("numbers", "g", 2));
    answeredUpTo(client);

    clock.advance(Duration.ofSeconds(15));

    assertThat(
            List.of(gateway.next(ClientFrame.ModAck.class), gateway.next(ClientFrame.ModAck.class)))
        .extracting(frame -> frame.target().lease())
        .containsExactly("lease-1-1", "lease-2-1");
    go.countDown();
  }

  @Test
  void whatExpiredWhileItWaitedIsNotStarted() {
    EventClient client = handling(ClientSubscribeOptions.builder().noExtension().build());
    gateway.current().send(ScriptedGateway.event("numbers", "g", 2));
    answeredUpTo(client);
    clock.advance(Duration.ofSeconds(31));
    gateway.current().send(ScriptedGateway.event("numbers", "g", 3));
    answeredUpTo(client);

    go.countDown();
    until(() -> deliveries.size() == 2);

    assertThat(deliveries).extracting(d -> d.record().seq()).containsExactly(1L, 3L);
  }

  @Test
  void anExtensionThatIsRefusedLosesTheLease() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.ModAck) {
            from.send(ServerFrame.Ok.settled(frame.corr(), AckResult.STALE_LEASE));
          }
          return frame instanceof ClientFrame.ModAck;
        });
    EventClient client = handling(ClientSubscribeOptions.defaults());

    clock.advance(Duration.ofSeconds(15));
    answeredUpTo(client);

    assertThat(deliveries.get(0).leaseLost()).isTrue();
    go.countDown();
  }

  @Test
  void anExtensionThatFailsForNowIsTriedAgain() {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.ModAck) {
            from.send(ServerFrame.Err.of(ErrorCode.ACK_FAILED, "store is away", frame.corr()));
          }
          return frame instanceof ClientFrame.ModAck;
        });
    EventClient client = handling(ClientSubscribeOptions.defaults());
    clock.advance(Duration.ofSeconds(15));
    answeredUpTo(client);
    gateway.script((from, frame) -> false);

    clock.advance(Duration.ofMillis(7500));
    answeredUpTo(client);

    assertThat(gateway.received(ClientFrame.ModAck.class)).isEqualTo(2);
    assertThat(deliveries.get(0).ackDeadline()).isEqualTo(Duration.ofSeconds(30));
    go.countDown();
  }

  @Test
  void nothingIsExtendedOnceItIsSettled() {
    EventClient client = handling(ClientSubscribeOptions.defaults());
    go.countDown();
    gateway.next(ClientFrame.Ack.class);

    clock.advance(Duration.ofMinutes(5));
    answeredUpTo(client);

    assertThat(gateway.received(ClientFrame.ModAck.class)).isZero();
  }

  @Test
  void aLongerExtensionByTheHandlerIsNotCut() {
    EventClient client = handling(ClientSubscribeOptions.defaults());
    assertThat(get(deliveries.get(0).extend(Duration.ofMinutes(10)))).isEqualTo(AckResult.OK);

    clock.advance(Duration.ofMinutes(9));
    answeredUpTo(client);

    assertThat(gateway.received(ClientFrame.ModAck.class)).isEqualTo(1);
    assertThat(deliveries.get(0).leaseLost()).isFalse();
    go.countDown();
  }
}
