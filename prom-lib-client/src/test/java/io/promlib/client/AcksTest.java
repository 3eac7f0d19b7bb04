package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AcksTest {
  private final Object lock = new Object();
  private final Threads threads = new Threads();
  private final ManualClock clock = new ManualClock();
  private final List<ClientFrame.Ack> sent = new CopyOnWriteArrayList<>();
  private final Requests requests =
      new Requests(lock, clock, Duration.ofSeconds(10), frame -> sent.add((ClientFrame.Ack) frame));
  private final ClientContext client = new ClientContext(lock, null, clock, threads, requests);
  private final Inbox<Integer> inbox =
      new Inbox<>(client, ClientTest.NUMBERS, "g", ClientSubscribeOptions.defaults());
  private final Acks acks = new Acks(client, "numbers", "g");

  @AfterEach
  void stop() {
    threads.stop(true);
  }

  private LiveDelivery<Integer> delivery(int number) {
    return new LiveDelivery<>(inbox, ScriptedGateway.event("numbers", "g", number), 1, 0);
  }

  private void sentSoon(int frames) {
    ClientTest.until(() -> sent.size() == frames);
  }

  @Test
  void oneThatIsAloneGoesAtOnceAndAsksForNoAnswer() {
    synchronized (lock) {
      acks.quiet(delivery(1));
      acks.flush();
    }

    ClientFrame.Ack ack = sent.get(0);
    assertThat(ack.target().many()).isFalse();
    assertThat(ack.target().lease()).isEqualTo("lease-1-1");
    assertThat(ack.confirm()).isFalse();
    assertThat(ack.corr()).isNull();
  }

  @Test
  void thoseOfOneTurnGoTogetherEachWithItsLease() {
    synchronized (lock) {
      acks.quiet(delivery(1));
      acks.soon();
      acks.quiet(delivery(2));
      acks.soon();
      acks.quiet(delivery(3));
    }

    sentSoon(1);
    assertThat(sent.get(0).target().ids()).containsExactly("e1", "e2", "e3");
    assertThat(sent.get(0).target().leases())
        .containsExactly("lease-1-1", "lease-2-1", "lease-3-1");
    assertThat(sent.get(0).confirm()).isFalse();
  }

  @Test
  void aHundredGoWithoutWaitingForTheTurn() {
    synchronized (lock) {
      for (int i = 1; i <= 100; i++) {
        acks.quiet(delivery(i));
      }
      assertThat(sent).hasSize(1);
    }

    assertThat(sent.get(0).target().ids()).hasSize(100);
  }

  @Test
  void oneThatIsAskedForGoesAtOnceAndTheNextWithItsTurn() {
    synchronized (lock) {
      CompletableFuture<AckResult> first = acks.confirmed(delivery(1));
      assertThat(sent).hasSize(1);
      CompletableFuture<AckResult> second = acks.confirmed(delivery(2));
      assertThat(sent).hasSize(1);
      assertThat(List.of(first.isDone(), second.isDone())).containsOnly(false);
    }

    sentSoon(2);
    assertThat(sent).allSatisfy(ack -> assertThat(ack.confirm()).isTrue());
  }

  @Test
  void eachGetsTheResultAtItsPlace() {
    List<CompletableFuture<AckResult>> answers;
    synchronized (lock) {
      acks.soon();
      acks.quiet(delivery(1));
      answers = List.of(acks.confirmed(delivery(2)), acks.confirmed(delivery(3)));
    }
    sentSoon(1);
    synchronized (lock) {
      requests.answered(
          ServerFrame.Ok.settled(
              sent.get(0).corr(), List.of(AckResult.UNKNOWN, AckResult.OK, AckResult.STALE_LEASE)));
    }

    assertThat(answers.get(0)).isCompletedWithValue(AckResult.OK);
    assertThat(answers.get(1)).isCompletedWithValue(AckResult.STALE_LEASE);
  }

  @Test
  void whatTheGatewayDoesNotTellIsUnknown() {
    CompletableFuture<AckResult> second;
    synchronized (lock) {
      acks.soon();
      acks.quiet(delivery(1));
      second = acks.confirmed(delivery(2));
    }
    sentSoon(1);
    synchronized (lock) {
      requests.answered(ServerFrame.Ok.settled(sent.get(0).corr(), List.of(AckResult.OK)));
    }

    assertThat(second).isCompletedWithValue(AckResult.UNKNOWN);
  }

  @Test
  void aRefusalFailsAllOfTheFrame() {
    CompletableFuture<AckResult> first;
    synchronized (lock) {
      first = acks.confirmed(delivery(1));
      requests.refused(ServerFrame.Err.of(ErrorCode.ACK_FAILED, "no", sent.get(0).corr()));
    }

    assertThat(first).isCompletedExceptionally();
  }

  @Test
  void whatWasNotSentWhenTheConnectionWentIsStale() {
    CompletableFuture<AckResult> answer;
    synchronized (lock) {
      acks.soon();
      acks.quiet(delivery(1));
      answer = acks.confirmed(delivery(2));
      acks.lost();
      acks.flush();
    }

    assertThat(answer).isCompletedWithValue(AckResult.STALE_LEASE);
    assertThat(sent).isEmpty();
  }
}
