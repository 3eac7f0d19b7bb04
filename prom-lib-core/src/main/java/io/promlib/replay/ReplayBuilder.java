package io.promlib.replay;

import io.promlib.bus.EventBus;
import io.promlib.bus.GapListener;
import io.promlib.bus.StartAt;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;
import io.promlib.store.Bounds;
import io.promlib.store.Filter;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Says which stretch of a topic is read; all that is given must hold. For one thread. */
public final class ReplayBuilder<T> {
  private static final int MOST_AT_ONCE = 10_000;

  private final EventBus bus;
  private final Topic<T> topic;
  private @Nullable StartAt start;
  private long toSeq = Long.MAX_VALUE;
  private @Nullable Instant fromTs;
  private @Nullable Instant toTs;
  private @Nullable Predicate<EventRecord> wanted;
  private long limit = Long.MAX_VALUE;
  private int pageSize = 500;
  private GapListener gapListener = GapListener.NONE;

  ReplayBuilder(EventBus bus, Topic<T> topic) {
    this.bus = bus;
    this.topic = topic;
  }

  /** Where it begins; default {@link StartAt#EARLIEST}. */
  public ReplayBuilder<T> startAt(StartAt from) {
    if (start != null) {
      throw new IllegalArgumentException("a replay begins at one place: give one start, not two");
    }
    start = from;
    return this;
  }

  /**
   * Begins at this position. The one behind the tail is allowed: it is where a reader goes on that
   * read all.
   */
  public ReplayBuilder<T> fromSeq(long seq) {
    if (seq < 1) {
      throw new IllegalArgumentException("fromSeq must be at least 1, is " + seq);
    }
    return startAt(new StartAt.AfterSeq(seq - 1));
  }

  /** Ends with this position; in any case it ends with the tail of when it began. */
  public ReplayBuilder<T> toSeq(long seq) {
    if (seq < 0) {
      throw new IllegalArgumentException("toSeq must not be negative, is " + seq);
    }
    toSeq = seq;
    return this;
  }

  /**
   * Only events with {@code ts} at or after this time. Publishers set {@code ts}, so later
   * positions may have earlier ones. Where retention removed something behind a start that is
   * given, that may have been of this time, and is told as a gap.
   */
  public ReplayBuilder<T> fromTs(Instant time) {
    fromTs = inMillis("fromTs", time);
    return this;
  }

  /** Only events with {@code ts} before this time. It is read to the end for them. */
  public ReplayBuilder<T> toTs(Instant time) {
    toTs = inMillis("toTs", time);
    return this;
  }

  /** Only events with this key, these tags, these headers. */
  public ReplayBuilder<T> filter(Filter.Match match) {
    return filter(match::matches);
  }

  /** Only events that pass; what it throws is thrown to the reader. */
  public ReplayBuilder<T> filter(Predicate<EventRecord> predicate) {
    wanted = and(wanted, predicate);
    return this;
  }

  /** Ends after so many events that passed the filters. */
  public ReplayBuilder<T> limit(long events) {
    if (events < 0) {
      throw new IllegalArgumentException("limit must not be negative, is " + events);
    }
    limit = events;
    return this;
  }

  /** The most events held at once, from 1 to 10 000, default 500; a store may give fewer. */
  public ReplayBuilder<T> pageSize(int events) {
    if (events < 1 || events > MOST_AT_ONCE) {
      throw new IllegalArgumentException(
          "pageSize must be from 1 to " + MOST_AT_ONCE + ", is " + events);
    }
    pageSize = events;
    return this;
  }

  /**
   * Hears, on the reader's thread and once each, of stretches that retention removed before this
   * reader came to them. Where it begins at the earliest event there is none before that.
   */
  public ReplayBuilder<T> onGap(GapListener listener) {
    gapListener = listener;
    return this;
  }

  /**
   * Begins: finds where the stretch starts and ends.
   *
   * @throws io.promlib.bus.UnknownPositionException if the topic holds no event of the id, or the
   *     start is beyond its tail
   * @throws IllegalArgumentException if the end is before the start
   */
  public Replay<T> open() {
    Instant since = fromTs;
    Instant until = toTs;
    if (since != null && until != null && until.isBefore(since)) {
      throw new IllegalArgumentException("fromTs " + since + " is after toTs " + until);
    }
    Bounds bounds = bus.admin().bounds(topic.name());
    long from = start == null ? bounds.first() : bus.admin().position(topic.name(), start);
    if (start != null && toSeq < from - 1) {
      throw new IllegalArgumentException(
          "the start, seq " + from + ", is after the end, toSeq " + toSeq);
    }
    @Nullable Predicate<EventRecord> passing = wanted;
    if (since != null) {
      from = notBefore(from, since);
      long least = millis(since);
      passing = and(passing, event -> event.ts() >= least);
    }
    if (until != null) {
      long end = millis(until);
      passing = and(passing, event -> event.ts() < end);
    }
    return new Replay<>(
        bus,
        topic,
        new Stretch(
            bus.admin(),
            topic.name(),
            from,
            Math.min(toSeq, bounds.tail()),
            passing,
            limit,
            pageSize,
            gapListener));
  }

  /*
   * What stands before the first event of the time need not be read. But what retention removed behind the start may have
   * been of the time, so there the start stays, and the reader is told what is gone. `first` is read last: as long as it
   * is not above the start, the search saw all that is passed over.
   */
  private long notBefore(long from, Instant since) {
    long found = bus.admin().position(topic.name(), new StartAt.Since(since));
    boolean isGone = start != null && from < bus.admin().bounds(topic.name()).first();
    return isGone ? from : Math.max(from, found);
  }

  private static Predicate<EventRecord> and(
      @Nullable Predicate<EventRecord> some, Predicate<EventRecord> more) {
    return some == null ? more : some.and(more);
  }

  private static Instant inMillis(String what, Instant time) {
    try {
      long unused = time.plusMillis(1).toEpochMilli();
      return time;
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(what + " is beyond the times of events: " + time, e);
    }
  }

  /* An event's time is whole milliseconds: at or after a time means at or after the next whole one. */
  private static long millis(Instant time) {
    long whole = time.toEpochMilli();
    return time.equals(Instant.ofEpochMilli(whole)) ? whole : whole + 1;
  }
}
