package io.promlib.mongo;

import io.promlib.time.Timing;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The appenders of one process; when they are many, those that were idle for a minute go. */
final class Appenders {
  /*
   * Who takes an appender marks it as used in the same step, so it stays for a minute, and longer while somebody is
   * within it or waits for it. Even two appenders of one topic would spoil nothing: they meet at the unique index, as
   * those of two processes do.
   */
  private static final long IDLE = TimeUnit.MINUTES.toNanos(1);

  private final int most;
  private final Timing timing;
  private final Function<String, TopicAppender> made;
  private final ConcurrentHashMap<String, TopicAppender> all = new ConcurrentHashMap<>();
  private final AtomicLong swept;

  /**
   * @param most as many stay, however idle they are
   */
  Appenders(int most, Timing timing, Function<String, TopicAppender> made) {
    this.most = most;
    this.timing = timing;
    this.made = made;
    this.swept = new AtomicLong(timing.nanos());
  }

  TopicAppender of(String topic) {
    long now = timing.nanos();
    if (all.size() > most) {
      sweep(now);
    }
    return all.compute(
        topic,
        (name, known) -> {
          TopicAppender appender = known == null ? made.apply(name) : known;
          appender.used(now);
          return appender;
        });
  }

  /** The topic's appender, if there is one. */
  @Nullable TopicAppender known(String topic) {
    return all.get(topic);
  }

  /* Once a minute, as it looks at all of them. */
  private void sweep(long now) {
    long last = swept.get();
    if (now - last < IDLE || !swept.compareAndSet(last, now)) {
      return;
    }
    for (String topic : all.keySet()) {
      all.computeIfPresent(
          topic, (name, appender) -> appender.isIdleSince(now - IDLE) ? null : appender);
    }
  }
}
