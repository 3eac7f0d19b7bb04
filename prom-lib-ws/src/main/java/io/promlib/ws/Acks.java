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

  private final Connection connection;
  private @Nullable LiveSubscription of;
  private List<ClientFrame.Ack> frames = new ArrayList<>();
  private List<Delivery<JsonNode>> held = new ArrayList<>();

  /** Of each id of each frame: null if it is held, else what became of it. */
  private List<@Nullable AckResult> past = new ArrayList<>();

  private Set<String> ids = new HashSet<>();

  Acks(Connection connection) {
    this.connection = connection;
  }

  /** Takes a frame of a subscription; it has effect with the next {@link #settle}. */
  void add(ClientFrame.Ack frame, LiveSubscription to) {
    if (of != to
        || ids.size() >= MOST_EVENTS
        || frame.target().ids().stream().anyMatch(ids::contains)) {
      settle();
    }
    of = to;
    int before = held.size();
    List<@Nullable AckResult> gone = new ArrayList<>(frame.target().ids().size());
    for (int i = 0; i < frame.target().ids().size(); i++) {
      String id = frame.target().ids().get(i);
      String lease = frame.target().lease(i);
      Delivery<JsonNode> delivery = to.held().get(id, lease);
      if (delivery != null) {
        held.add(delivery);
      }
      gone.add(delivery == null ? to.held().past(id, lease) : null);
    }
    if (held.size() > before || connection.bears()) {
      ids.addAll(frame.target().ids());
      past.addAll(gone);
      frames.add(frame);
    }
  }

  /** Settles and answers all. */
  void settle() {
    LiveSubscription to = of;
    if (to == null || frames.isEmpty()) {
      return;
    }
    List<ClientFrame.Ack> settled = frames;
    List<Delivery<JsonNode>> deliveries = held;
    Iterator<@Nullable AckResult> known = past.iterator();
    of = null;
    frames = new ArrayList<>();
    held = new ArrayList<>();
    past = new ArrayList<>();
    ids = new HashSet<>();
    try {
      Iterator<AckResult> results = to.ack(deliveries).iterator();
      Iterator<Delivery<JsonNode>> acked = deliveries.iterator();
      for (ClientFrame.Ack frame : settled) {
        answer(frame, to, known, acked, results);
      }
    } catch (RuntimeException e) {
      LOG.warn("acks of {} failed", connection.peer(), e);
      for (ClientFrame.Ack frame : settled) {
        connection.error(
            ErrorCode.ACK_FAILED, "the bus could not settle all of it; try again", frame.corr());
      }
    }
  }

  private void answer(
      ClientFrame.Ack frame,
      LiveSubscription to,
      Iterator<@Nullable AckResult> known,
      Iterator<Delivery<JsonNode>> acked,
      Iterator<AckResult> results) {
    int count = frame.target().ids().size();
    List<AckResult> all = new ArrayList<>(count);
    boolean allOk = true;
    for (int i = 0; i < count; i++) {
      AckResult result = known.next();
      if (result == null) {
        result = results.next();
        to.held().settled(acked.next(), result == AckResult.OK ? AckResult.ALREADY_ACKED : result);
      }
      allOk &= result == AckResult.OK;
      all.add(result);
    }
    if (!allOk || !to.isQuiet() || frame.confirm()) {
      connection.send(
          frame.target().many()
              ? ServerFrame.Ok.settled(frame.corr(), all)
              : ServerFrame.Ok.settled(frame.corr(), all.get(0)));
    }
  }
}
