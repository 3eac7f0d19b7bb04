package io.promlib.mongo;

import io.promlib.PromException;
import io.promlib.time.Timing;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process's part in taking turns at appending to a topic, so that one with a slow network gets
 * its share. Belongs to a {@link TopicAppender} and is used under its lock.
 */
final class Turns {
  /*
   * `turns` in the topic's document is a queue of requests; its head may append. Who lost three rounds, or sees while it
   * appends often that somebody queues, queues up behind. The head leaves after its append, or appends on for a while if it is
   * busy; then it queues again behind the others. Everybody watches the head by a clock of their own, from when they
   * first saw it there: wall clocks of two processes differ by more than a lease. A head that stays for the length of a
   * lease is taken out by whoever notices, be it dead or slow. So a wait ends: each request before this one leaves or is
   * taken out, and later ones are behind. With the queue empty everybody tries their luck again.
   *
   * Nothing here is needed for correctness: whoever inserts is checked by the unique index. So the queue is written
   * without waiting for a majority, and a failure here means trying one's luck.
   */
  static final int LOST_ROUNDS = 3;
  static final long LEASE = TimeUnit.MILLISECONDS.toNanos(50);
  static final long HELD = TimeUnit.MILLISECONDS.toNanos(30);
  static final long LOOKED_EVERY = TimeUnit.MILLISECONDS.toNanos(20);

  /* A look that finds nobody doubles the time to the next, up to this: a lone appender looks rarely. */
  static final long LOOKED_AT_LEAST = TimeUnit.MILLISECONDS.toNanos(160);

  /* Bounds a wait also where the clock stands still. */
  static final int MOST_LOOKS = 100;

  /* Who appends again within this time keeps its turn. */
  private static final long BUSY = TimeUnit.MILLISECONDS.toNanos(5);

  /* Who appends more rarely leaves room for any that is slower. */
  static final long OFTEN = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(2);
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

  private final String topic;
  private final TopicDocuments topics;
  private final Timing timing;
  private final String owner;
  private final LongConsumer pause;

  private @Nullable String request;
  private long requests;
  private boolean holding;
  private long heldSince;
  private boolean ever;
  private boolean busy;
  private boolean often;
  private long ended;
  private long looked;
  private long lookedEvery = LOOKED_EVERY;
  private @Nullable String head;
  private long headSince;
  private int looks;

  /**
   * @param owner names this process and nobody else
   * @param pause waits for so many nanoseconds
   */
  Turns(String topic, TopicDocuments topics, Timing timing, String owner, LongConsumer pause) {
    this.topic = topic;
    this.topics = topics;
    this.timing = timing;
    this.owner = owner;
    this.pause = pause;
  }

  /** Before an append. */
  void begin() {
    long now = timing.nanos();
    busy = ever && now - ended <= BUSY;
    often = ever && now - ended <= OFTEN;
    if (!often) {
      looked = now;
    }
  }

  /**
   * Before each try: waits for the turn if turns are taken.
   *
   * @param lost how many rounds this append has lost
   * @return whether others may have appended while it waited
   */
  boolean await(int lost) {
    if (holding) {
      return false;
    }
    try {
      if (request == null && !queues(lost)) {
        return false;
      }
      while (!step()) {
        pause.accept(PAUSE);
      }
    } catch (PromException e) {
      LOG.debug("no turn was taken in {}", topic, e);
      return false;
    }
    return true;
  }

  private boolean queues(int lost) {
    if (lost < LOST_ROUNDS && !seesOthers()) {
      return false;
    }
    lookedEvery = LOOKED_EVERY;
    String made = owner + "-" + ++requests;
    topics.joinTurns(topic, made);
    request = made;
    head = null;
    return true;
  }

  private boolean seesOthers() {
    long now = timing.nanos();
    if (!often || now - looked < lookedEvery) {
      return false;
    }
    looked = now;
    boolean others = !topics.turns(topic).isEmpty();
    lookedEvery = others ? LOOKED_EVERY : Math.min(2 * lookedEvery, LOOKED_AT_LEAST);
    return others;
  }

  /** One look at the queue; true if this process may append now. */
  private boolean step() {
    List<String> queue = topics.turns(topic);
    int place = request == null ? -1 : queue.indexOf(request);
    if (place < 0) {
      // Taken out by others, who thought it dead.
      request = null;
      return true;
    }
    long now = timing.nanos();
    if (place == 0) {
      holding = true;
      heldSince = now;
      return true;
    }
    String first = queue.get(0);
    if (!first.equals(head)) {
      head = first;
      headSince = now;
      looks = 0;
    } else if (now - headSince >= LEASE || ++looks >= MOST_LOOKS) {
      topics.leaveTurns(topic, first);
      head = null;
    }
    return false;
  }

  /** After an append: lets the next one go if the turn is over. */
  void end() {
    long now = timing.nanos();
    ever = true;
    ended = now;
    looked = holding ? now : looked;
    if (request == null || (holding && busy && now - heldSince < HELD)) {
      return;
    }
    try {
      topics.leaveTurns(topic, request);
    } catch (PromException e) {
      LOG.debug("a turn in {} was left to run out", topic, e);
    }
    request = null;
    holding = false;
  }

  /** Whether it is this process's turn. */
  boolean isHolding() {
    return holding;
  }
}
