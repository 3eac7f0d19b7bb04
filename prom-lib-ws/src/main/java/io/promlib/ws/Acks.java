package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ACK frames that arrived together, to be settled as one step: that is quicker, and the next events
 * go together too. Each method is a step of the connection.
 */
final class Acks {
  /*
   * All are of one subscription, and no event is in two frames: an ACK that another one has to take effect before is
   * gathered only after that was settled. Whatever else a frame may do comes behind a settle() too (Session).
   */
  private static final Logger LOG = LoggerFactory.getLogger(Acks.class);
  private static final int MOST_EVENTS = 1000;

  /**
   * A frame, with what is held of its events.
   *
   * @param gone for each of its ids: null if it is held, else what became of it
   */
  private record Waiting(
      ClientFrame.Ack frame, List<Delivery<JsonNode>> held, List<@Nullable AckResult> gone) {}

  private final Connection connection;
  private @Nullable LiveSubscription of;
  private List<Waiting> frames = new ArrayList<>();

  /** Of all frames. */
  private Set<String> ids = new HashSet<>();

  Acks(Connection connection) {
    this.connection = connection;
  }

  /** Takes a frame of a subscription; it has effect with the next {@link #settle}. */
  void add(ClientFrame.Ack frame, LiveSubscription to) {
    List<String> named = frame.target().ids();
    if (of != to || ids.size() >= MOST_EVENTS || named.stream().anyMatch(ids::contains)) {
      settle();
    }
    List<Delivery<JsonNode>> found = new ArrayList<>(named.size());
    List<@Nullable AckResult> gone = new ArrayList<>(named.size());
    for (int i = 0; i < named.size(); i++) {
      String lease = frame.target().lease(i);
      Delivery<JsonNode> delivery = to.held().get(named.get(i), lease);
      if (delivery != null) {
        found.add(delivery);
      }
      gone.add(delivery == null ? to.held().past(named.get(i), lease) : null);
    }
    if (found.isEmpty()) {
      settle();
      if (!connection.bears()) {
        return;
      }
    }
    of = to;
    ids.addAll(named);
    frames.add(new Waiting(frame, found, gone));
  }

  /** Settles and answers all. */
  void settle() {
    LiveSubscription to = of;
    if (to == null) {
      return;
    }
    List<Waiting> settled = frames;
    of = null;
    frames = new ArrayList<>();
    ids = new HashSet<>();
    Iterator<AckResult> results;
    try {
      results = to.ack(settled.stream().flatMap(one -> one.held().stream()).toList()).iterator();
    } catch (RuntimeException e) {
      settled.forEach(one -> settleAlone(one, to));
      return;
    }
    settled.forEach(one -> answer(one, to, results));
  }

  private void settleAlone(Waiting one, LiveSubscription to) {
    Iterator<AckResult> results;
    try {
      results = to.ack(one.held()).iterator();
    } catch (RuntimeException e) {
      LOG.warn("an ACK of {} failed", connection.peer(), e);
      connection.error(
          ErrorCode.ACK_FAILED,
          "the bus could not settle all of it; try again",
          one.frame().corr());
      return;
    }
    answer(one, to, results);
  }

  private void answer(Waiting one, LiveSubscription to, Iterator<AckResult> results) {
    Iterator<Delivery<JsonNode>> held = one.held().iterator();
    List<AckResult> all = new ArrayList<>(one.gone().size());
    boolean allOk = true;
    for (AckResult gone : one.gone()) {
      AckResult result = gone;
      if (result == null) {
        result = results.next();
        to.held().settled(held.next(), result == AckResult.OK ? AckResult.ALREADY_ACKED : result);
      }
      allOk &= result == AckResult.OK;
      all.add(result);
    }
    ClientFrame.Ack frame = one.frame();
    if (!allOk || !to.isQuiet() || frame.confirm()) {
      connection.send(
          frame.target().many()
              ? ServerFrame.Ok.settled(frame.corr(), all)
              : ServerFrame.Ok.settled(frame.corr(), all.get(0)));
    }
  }
}
