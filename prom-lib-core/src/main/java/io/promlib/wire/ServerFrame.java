package io.promlib.wire;

import io.promlib.bus.AckResult;
import io.promlib.event.EventRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a gateway sends. */
public sealed interface ServerFrame extends Frame {

  /**
   * The frame with this {@code corr} took effect. What else is there depends on what it was.
   *
   * @param id of the event published
   * @param seq of the event published; of a tail, the position after which it goes on
   * @param duplicate true when the id was there already
   * @param result of a settling frame with {@code id}
   * @param results of a settling frame with {@code ids}, in their order
   * @param expiresAt epoch milliseconds at which the token ends the session
   */
  record Ok(
      @Nullable String corr,
      @Nullable String id,
      @Nullable Long seq,
      @Nullable Boolean duplicate,
      @Nullable AckResult result,
      @Nullable List<AckResult> results,
      @Nullable Long expiresAt)
      implements ServerFrame {
    public Ok {
      Frame.checkCorr(corr);
      if (results != null) {
        results = List.copyOf(results);
      }
    }

    public static Ok of(@Nullable String corr) {
      return new Ok(corr, null, null, null, null, null, null);
    }

    public static Ok authenticated(@Nullable String corr, @Nullable Long expiresAt) {
      return new Ok(corr, null, null, null, null, null, expiresAt);
    }

    public static Ok published(@Nullable String corr, String id, long seq, boolean duplicate) {
      return new Ok(corr, id, seq, duplicate, null, null, null);
    }

    /** A tail begins behind this position. */
    public static Ok following(@Nullable String corr, long seq) {
      return new Ok(corr, null, seq, null, null, null, null);
    }

    public static Ok settled(@Nullable String corr, AckResult result) {
      return new Ok(corr, null, null, null, result, null, null);
    }

    public static Ok settled(@Nullable String corr, List<AckResult> results) {
      return new Ok(corr, null, null, null, null, results, null);
    }

    @Override
    public String op() {
      return "OK";
    }
  }

  /**
   * The frame with this {@code corr} changed nothing, or the connection is about to be closed.
   *
   * @param code an {@link ErrorCode} as it is spelled, or one that this version does not know
   * @param msg what to mend; never a stack trace, a token or a path
   * @param temporary whether the same may work later
   * @param retryMs how long to wait before
   */
  record Err(
      String code, String msg, @Nullable String corr, boolean temporary, @Nullable Long retryMs)
      implements ServerFrame {
    public Err {
      Frame.checkCorr(corr);
    }

    public static Err of(ErrorCode code, String msg, @Nullable String corr) {
      return new Err(code.wire(), msg, corr, code.temporary(), null);
    }

    public static Err of(ErrorCode code, String msg, @Nullable String corr, long retryMs) {
      return new Err(code.wire(), msg, corr, code.temporary(), retryMs);
    }

    /** Whether it is this error. */
    public boolean is(ErrorCode known) {
      return known.wire().equals(code);
    }

    @Override
    public String op() {
      return "ERR";
    }
  }

  /** One event; {@code group} is null in a tail. */
  record Event(String topic, @Nullable String group, EventRecord event, Context ctx)
      implements ServerFrame {
    @Override
    public String op() {
      return "EVENT";
    }
  }

  /** Several events, for a subscription that asked for them so. */
  record Events(String topic, @Nullable String group, List<Item> events) implements ServerFrame {
    public Events {
      events = List.copyOf(events);
    }

    /** One of them. */
    public record Item(EventRecord event, Context ctx) {}

    @Override
    public String op() {
      return "EVENTS";
    }
  }

  /**
   * How an event was delivered.
   *
   * @param attempt from 1
   * @param ackDeadlineMs how long the lease lasts from now; 0 where there is no lease
   * @param lease what to settle the event with; null in a tail
   * @param snapshot whether it is the latest of its key, from before the tail goes on live
   */
  record Context(int attempt, long ackDeadlineMs, @Nullable String lease, boolean snapshot) {
    public static Context leased(int attempt, long ackDeadlineMs, String lease) {
      return new Context(attempt, Math.max(0, ackDeadlineMs), lease, false);
    }

    public static Context tail(boolean snapshot) {
      return new Context(1, 0, null, snapshot);
    }
  }

  /** Positions, both inclusive, that retention removed before this reader got them. */
  record Gap(String topic, @Nullable String group, long from, long to) implements ServerFrame {
    @Override
    public String op() {
      return "GAP";
    }
  }

  /** The subscription ended: the policy no longer allows it. */
  record Revoked(String topic, @Nullable String group, String msg) implements ServerFrame {
    @Override
    public String op() {
      return "REVOKED";
    }
  }

  /** The gateway is shutting down; connect again after {@code reconnectMs}. */
  record GoAway(String msg, long reconnectMs) implements ServerFrame {
    @Override
    public String op() {
      return "GOAWAY";
    }
  }
}
