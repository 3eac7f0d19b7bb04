package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.store.Backoff;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RevokedTest extends ClientTest {
  private static final ServerFrame.Revoked REVOKED =
      new ServerFrame.Revoked("numbers", "g", "no longer yours");

  private EventClient client() {
    return connect(builder().reconnect(Backoff.fixed(Duration.ofMillis(10))));
  }

  @Test
  void aHandlerInFlightIsToldAndWhatItSettlesLaterIsNotSent() {
    EventClient client = client();
    CompletableFuture<AckResult> late = new CompletableFuture<>();
    CountDownLatch started = new CountDownLatch(1);
    List<Integer> handled = new CopyOnWriteArrayList<>();
    ClientSubscription subscription =
        client.subscribe(
            NUMBERS,
            "g",
            d -> {
              handled.add(d.payload());
              started.countDown();
              until(d::leaseLost);
              late.complete(get(d.ack()));
            });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    gateway.current().send(ScriptedGateway.event("numbers", "g", 2));
    reached(started);

    gateway.current().send(REVOKED);

    assertThat(get(late)).isEqualTo(AckResult.STALE_LEASE);
    assertThat(failure(subscription.ended()))
        .isInstanceOfSatisfying(
            ClientException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    client.publish(NUMBERS, 1);
    assertThat(gateway.received(ClientFrame.Ack.class)).isZero();
    assertThat(gateway.received(ClientFrame.Unsubscribe.class)).isZero();
    assertThat(handled).containsExactly(1);
    assertThat(subscription.inFlight()).isZero();
  }

  @Test
  void whatIsSentForItAfterwardsIsPassedOver() {
    EventClient client = client();
    List<Integer> handled = new CopyOnWriteArrayList<>();
    client.subscribe(NUMBERS, "g", d -> handled.add(d.payload()));

    gateway.current().send(REVOKED);
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    gateway.current().send(new ServerFrame.Gap("numbers", "g", 1, 2));
    gateway.current().send(REVOKED);

    client.publish(NUMBERS, 1);
    assertThat(handled).isEmpty();
    assertThat(gateway.connections()).isEqualTo(1);
  }

  @Test
  void itIsNotAskedForAgainWhileOthersGoOn() {
    EventClient client = client();
    ClientSubscription revoked = client.subscribe(NUMBERS, "g", d -> {});
    List<Integer> handled = new CopyOnWriteArrayList<>();
    ClientSubscription other = client.subscribe(NUMBERS, "other", d -> handled.add(d.payload()));
    gateway.current().send(REVOKED);
    failure(revoked.ended());
    gateway.rest();

    gateway.current().send(ScriptedGateway.event("numbers", "other", 1));
    until(() -> handled.equals(List.of(1)));
    gateway.current().drop();

    assertThat(gateway.next(ClientFrame.Subscribe.class).group()).isEqualTo("other");
    client.publish(NUMBERS, 1);
    assertThat(gateway.received(ClientFrame.Subscribe.class)).isZero();
    assertThat(other.ended()).isNotDone();
  }

  @Test
  void aSubscriptionThatIsBeingClosedMayBeRevokedMeanwhile() {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    EventClient client = client();
    ClientSubscription subscription =
        client.subscribe(
            NUMBERS,
            "g",
            d -> {
              started.countDown();
              reached(go);
            });
    gateway.current().send(ScriptedGateway.event("numbers", "g", 1));
    reached(started);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(subscription::close, anyThread());

    gateway.current().send(REVOKED);

    get(closed);
    go.countDown();
    assertThat(client.publish(NUMBERS, 1).seq()).isEqualTo(1);
  }

  @Test
  void theHostMaySubscribeAgainOnceItMay() {
    EventClient client = client();
    ClientSubscription revoked = client.subscribe(NUMBERS, "g", d -> {});
    gateway.current().send(REVOKED);
    failure(revoked.ended());

    CompletableFuture<Integer> handled = new CompletableFuture<>();
    client.subscribe(NUMBERS, "g", d -> handled.complete(d.payload()));
    gateway.current().send(ScriptedGateway.event("numbers", "g", 3));

    assertThat(get(handled)).isEqualTo(3);
  }
}
