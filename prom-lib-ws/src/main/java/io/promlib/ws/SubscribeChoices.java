package io.promlib.ws;

import io.promlib.bus.GapListener;
import io.promlib.bus.Isolation;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.TailOptions;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A SUBSCRIBE's choices under the gateway's limits. */
final class SubscribeChoices {
  /** How long a group that a client made outlives its last subscriber. */
  private static final Duration GROUP_LIFE = Duration.ofDays(7);

  private static final long LEAST_ACK_MILLIS = 10;
  private static final int MOST_READ = 4000;

  private final SubscribeOpts opts;
  private final GatewayLimits limits;

  SubscribeChoices(SubscribeOpts opts, GatewayLimits limits) {
    this.opts = opts;
    this.limits = limits;
  }

  /** The field that names a position in the topic. */
  static String positionField(SubscribeOpts opts) {
    return opts.from() instanceof StartAt.AfterId
        ? "opts.afterId"
        : opts.from() instanceof StartAt.AfterSeq ? "opts.seq" : "opts.from";
  }

  /** The most events in one EVENTS; 0 if each comes as an EVENT. */
  int batch() {
    Integer given = opts.batch();
    return given == null ? 0 : given;
  }

  boolean quiet() {
    return opts.quiet();
  }

  Duration ackTimeout() {
    Long given = opts.ackTimeoutMs();
    long most = limits.ackTimeout().toMillis();
    return Duration.ofMillis(
        given == null ? most : Math.max(LEAST_ACK_MILLIS, Math.min(given, most)));
  }

  /**
   * The bus's options.
   *
   * @throws IllegalArgumentException naming the field that is out of range
   */
  SubscribeOptions options(Isolation isolation, GapListener gaps) {
    int inFlight = capped(opts.maxInFlight(), limits.maxInFlight());
    SubscribeOptions.Builder options =
        SubscribeOptions.builder()
            .manualAck()
            .isolation(isolation)
            .gapListener(gaps)
            .expireAfter(GROUP_LIFE)
            .ackDeadline(ackTimeout())
            .maxInFlight(inFlight)
            .batchSize(capped(opts.batchSize(), inFlight));
    if (opts.from() != null) {
      options.startAt(opts.from());
    }
    if (opts.ordering() != null) {
      options.ordering(opts.ordering());
    }
    if (opts.filter() != null) {
      options.filter(opts.filter());
    }
    if (opts.maxAttempts() != null) {
      options.maxAttempts(opts.maxAttempts());
    }
    return options.build();
  }

  /** The bus's options of a tail, which begins paused; what is a group's has no meaning there. */
  TailOptions tailOptions(GapListener gaps) {
    TailOptions.Builder options =
        TailOptions.builder()
            .paused()
            .gapListener(gaps)
            .batchSize(capped(opts.batchSize(), Math.min(limits.maxInFlight(), MOST_READ)));
    if (opts.from() != null) {
      options.startAt(opts.from());
    }
    if (opts.filter() != null) {
      options.filter(opts.filter());
    }
    return (opts.snapshot() ? options.snapshot() : options).build();
  }

  private static int capped(@Nullable Integer given, int most) {
    return given == null ? most : Math.min(given, most);
  }
}
