package io.promlib.client;

import io.promlib.bus.AckResult;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.Frame;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The acks of one subscription, which is quiet: those that come while others are on their way out
 * go together. Under the client's lock.
 */
final class Acks {
  /*
   * A turn is a task of a worker that sends what was gathered until then. An ack that somebody asked for goes at once and
   * begins a turn; one of a handler that returned goes at once if no other delivery waits for a handler, and else with the
   * turn, so that no slow handler holds back the acks of those before it. An ack that nobody waits for is not answered
   * when all is well, so nothing is kept of it: if its lease was lost the event comes again, whoever hears of it.
   */
  private static final int MOST = Math.min(100, Frame.MAX_IDS);

  /** An ack, and who waits for its result. */
  private record Ack(LiveDelivery<?> delivery, @Nullable CompletableFuture<AckResult> answer) {}

  private final ClientContext client;
  private final String topic;
  private final String group;
  private List<Ack> gathered = new ArrayList<>();
  private boolean turn;

  Acks(ClientContext client, String topic, String group) {
    this.client = client;
    this.topic = topic;
    this.group = group;
  }

  /** The result is asked for. */
  CompletableFuture<AckResult> confirmed(LiveDelivery<?> delivery) {
    CompletableFuture<AckResult> answer = new CompletableFuture<>();
    add(new Ack(delivery, answer));
    if (!turn) {
      flush();
      soon();
    }
    return answer;
  }

  /** Nobody waits for the result; {@link #soon} or {@link #flush} is to follow. */
  void quiet(LiveDelivery<?> delivery) {
    add(new Ack(delivery, null));
  }

  private void add(Ack ack) {
    gathered.add(ack);
    if (gathered.size() >= MOST) {
      flush();
    }
  }

  /** Sends what is gathered at the next turn. */
  void soon() {
    if (!turn) {
      turn = true;
      client.threads().work(this::turn);
    }
  }

  private void turn() {
    synchronized (client.lock()) {
      turn = false;
      flush();
    }
  }

  /** Sends what is gathered. */
  void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    List<Ack> sent = gathered;
    gathered = new ArrayList<>();
    Target target = target(sent);
    if (sent.stream().allMatch(ack -> ack.answer == null)) {
      client.requests().tell(new ClientFrame.Ack(target, null));
      return;
    }
    var unused =
        client
            .requests()
            .send("ACK", corr -> new ClientFrame.Ack(target, true, corr))
            .whenComplete((ok, failure) -> answered(sent, ok, failure));
  }

  private Target target(List<Ack> acks) {
    if (acks.size() == 1) {
      return acks.get(0).delivery.target();
    }
    List<String> ids = acks.stream().map(ack -> ack.delivery.record().id()).toList();
    List<String> leases = acks.stream().map(ack -> ack.delivery.lease()).toList();
    return Target.many(topic, group, ids, leases);
  }

  private static void answered(
      List<Ack> sent, ServerFrame.@Nullable Ok ok, @Nullable Throwable failure) {
    for (int i = 0; i < sent.size(); i++) {
      CompletableFuture<AckResult> answer = sent.get(i).answer;
      if (answer != null && failure != null) {
        answer.completeExceptionally(failure);
      } else if (answer != null) {
        answer.complete(result(ok, i));
      }
    }
  }

  /** The result at a place; what the gateway does not tell is unknown. */
  private static AckResult result(ServerFrame.@Nullable Ok ok, int index) {
    List<AckResult> results = ok == null ? null : ok.results();
    AckResult result =
        ok == null
            ? null
            : results == null ? ok.result() : index < results.size() ? results.get(index) : null;
    return result == null ? AckResult.UNKNOWN : result;
  }

  /** The leases went with their connection before these were sent. */
  void lost() {
    List<Ack> lost = gathered;
    gathered = new ArrayList<>();
    for (Ack ack : lost) {
      if (ack.answer != null) {
        ack.answer.complete(AckResult.STALE_LEASE);
      }
    }
  }
}
