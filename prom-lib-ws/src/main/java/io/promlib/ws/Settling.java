package io.promlib.ws;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** NACK, MODACK and TERM of one event or several; {@link Acks} are for the rest. */
final class Settling {
  private static final long LEAST_EXTEND_MILLIS = 1000;
  private static final long MOST_MILLIS = Duration.ofHours(1).toMillis();
  private static final int MAX_REASON = 1000;

  private final ClientFrame.Settlement frame;
  private final LiveSubscription of;
  private final Connection connection;

  private Settling(ClientFrame.Settlement frame, LiveSubscription of, Connection connection) {
    this.frame = frame;
    this.of = of;
    this.connection = connection;
  }

  static void settle(ClientFrame.Settlement frame, LiveSubscription of, Connection connection) {
    Settling settling = new Settling(frame, of, connection);
    if (settling.isWork() || connection.bears()) {
      if (frame.target().many()) {
        settling.settleMany();
      } else {
        settling.settleOne();
      }
    }
  }

  /** Whether it moves an event at all. */
  private boolean isWork() {
    Target target = frame.target();
    for (int i = 0; i < target.ids().size(); i++) {
      Delivery<?> held = held(i);
      if (held != null && !isIdle(held)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Delivery<?> held(int index) {
    return of.held().get(frame.target().ids().get(index), frame.target().lease(index));
  }

  /** A MODACK that gains little: clients extend at half of a lease, which is a second at least. */
  private boolean isIdle(Delivery<?> held) {
    return frame instanceof ClientFrame.ModAck modAck
        && extension(modAck.extendMs()).minus(held.ackDeadline()).toMillis()
            < LEAST_EXTEND_MILLIS / 4;
  }

  private void settleMany() {
    List<AckResult> results = new ArrayList<>(frame.target().ids().size());
    for (int i = 0; i < frame.target().ids().size(); i++) {
      results.add(result(i));
    }
    connection.send(ServerFrame.Ok.settled(frame.corr(), results));
  }

  private void settleOne() {
    boolean inFlight = of.held().get(frame.target().ids().get(0), null) != null;
    AckResult result = result(0);
    boolean isUnknown = !inFlight || (result != AckResult.OK && result != AckResult.STALE_LEASE);
    if (frame instanceof ClientFrame.ModAck && isUnknown) {
      connection.error(ErrorCode.UNKNOWN_ID, "this event is not in flight here", frame.corr());
    } else {
      connection.send(ServerFrame.Ok.settled(frame.corr(), result));
    }
  }

  private AckResult result(int index) {
    Delivery<?> held = held(index);
    return held == null
        ? of.held().past(frame.target().ids().get(index), frame.target().lease(index))
        : apply(held);
  }

  private AckResult apply(Delivery<?> held) {
    if (frame instanceof ClientFrame.ModAck modAck) {
      AckResult result = held.extend(extension(modAck.extendMs()));
      if (result != AckResult.OK) {
        of.held().settled(held, result);
      }
      return result;
    }
    AckResult result;
    AckResult later;
    if (frame instanceof ClientFrame.Nack nack) {
      result = nack(nack, held);
      later = AckResult.STALE_LEASE;
    } else if (frame instanceof ClientFrame.Term term) {
      result = held.terminate(reason(term.reason()));
      later = AckResult.DEAD_LETTERED;
    } else {
      throw new IllegalStateException("no rule for " + frame.op());
    }
    of.held().settled(held, result == AckResult.OK ? later : result);
    return result;
  }

  private static AckResult nack(ClientFrame.Nack frame, Delivery<?> held) {
    Long delay = frame.delayMs();
    return delay == null
        ? held.nack(reason(frame.reason()))
        : held.nack(reason(frame.reason()), Duration.ofMillis(Math.min(delay, MOST_MILLIS)));
  }

  private Duration extension(@Nullable Long asked) {
    return asked == null
        ? of.ackTimeout()
        : Duration.ofMillis(Math.max(LEAST_EXTEND_MILLIS, Math.min(asked, MOST_MILLIS)));
  }

  private static String reason(@Nullable String given) {
    String reason = given == null ? "the client gave no reason" : given;
    return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
  }
}
