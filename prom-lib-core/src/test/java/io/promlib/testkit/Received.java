package io.promlib.testkit;

import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A handler that keeps what it gets, and then does what a test asks for. */
public final class Received implements Handler<String> {
  private record Seen(Delivery<String> delivery, long seq, int attempt) {}

  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private volatile Handler<String> then = delivery -> {};

  /** What is done with each delivery from now on, after it was kept. */
  public Received then(Handler<String> work) {
    then = work;
    return this;
  }

  /** From now on every delivery fails. */
  public Received fails() {
    return then(
        delivery -> {
          throw new IllegalStateException("boom");
        });
  }

  @Override
  public void handle(Delivery<String> delivery) throws Exception {
    seen.add(new Seen(delivery, delivery.record().seq(), delivery.attempt()));
    then.handle(delivery);
  }

  public int count() {
    return seen.size();
  }

  /** The positions, in the order of delivery. */
  public List<Long> seqs() {
    return seen.stream().map(Seen::seq).toList();
  }

  /** The attempts as they were when each was delivered. */
  public List<Integer> attempts() {
    return seen.stream().map(Seen::attempt).toList();
  }

  public List<String> payloads() {
    return seen.stream().map(one -> one.delivery().payload()).toList();
  }

  public Delivery<String> get(int index) {
    return seen.get(index).delivery();
  }

  public Delivery<String> last() {
    return get(seen.size() - 1);
  }
}
