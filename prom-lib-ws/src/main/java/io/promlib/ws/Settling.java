package io.promlib.ws;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** ACK, NACK, MODACK and TERM of one event. */
final class Settling {
  private static final long LEAST_EXTEND_MILLIS = 1000;
  private static final long MOST_MILLIS = Duration.ofHours(1).toMillis();
  private static final int MAX_REASON = 1000;

  private Settling() {}

  static void settle(ClientFrame.Settlement frame, LiveSubscription of, Connection connection) {
    String id = frame.target().ids().get(0);
    String lease = frame.target().lease();
    Delivery<?> held = of.held(id, lease);
    if (held == null || isIdle(frame, held, of)) {
      if (!connection.bears()) {
        return;
      }
    }
    if (held == null) {
      if (frame instanceof ClientFrame.ModAck && of.held(id, null) == null) {
        unknownId(frame, connection);
      } else {
        connection.send(ServerFrame.Ok.settled(frame.corr(), of.past(id, lease)));
      }
      return;
    }
    AckResult result = apply(frame, held, of);
    if (frame instanceof ClientFrame.ModAck
        && result != AckResult.OK
        && result != AckResult.STALE_LEASE) {
      unknownId(frame, connection);
    } else {
      connection.send(ServerFrame.Ok.settled(frame.corr(), result));
    }
  }

  /** A MODACK that gains little: clients extend at half of a lease, which is a second at least. */
  private static boolean isIdle(
      ClientFrame.Settlement frame, Delivery<?> held, LiveSubscription of) {
    return frame instanceof ClientFrame.ModAck modAck
        && extension(modAck.extendMs(), of).minus(held.ackDeadline()).toMillis()
            < LEAST_EXTEND_MILLIS / 4;
  }

  private static void unknownId(ClientFrame frame, Connection connection) {
    connection.error(ErrorCode.UNKNOWN_ID, "this event is not in flight here", frame.corr());
  }

  private static AckResult apply(
      ClientFrame.Settlement frame, Delivery<?> held, LiveSubscription of) {
    if (frame instanceof ClientFrame.ModAck modAck) {
      AckResult result = held.extend(extension(modAck.extendMs(), of));
      if (result != AckResult.OK) {
        of.settled(held, result);
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
      result = held.ack();
      later = AckResult.ALREADY_ACKED;
    }
    of.settled(held, result == AckResult.OK ? later : result);
    return result;
  }

  private static AckResult nack(ClientFrame.Nack frame, Delivery<?> held) {
    Long delay = frame.delayMs();
    return delay == null
        ? held.nack(reason(frame.reason()))
        : held.nack(reason(frame.reason()), Duration.ofMillis(Math.min(delay, MOST_MILLIS)));
  }

  private static Duration extension(@Nullable Long asked, LiveSubscription of) {
    return asked == null
        ? of.ackTimeout()
        : Duration.ofMillis(Math.max(LEAST_EXTEND_MILLIS, Math.min(asked, MOST_MILLIS)));
  }

  private static String reason(@Nullable String given) {
    String reason = given == null ? "the client gave no reason" : given;
    return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
  }
}
