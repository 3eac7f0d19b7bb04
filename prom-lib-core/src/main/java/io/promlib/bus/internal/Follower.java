package io.promlib.bus.internal;

import io.promlib.bus.EndReason;
import io.promlib.bus.Gathering;
import io.promlib.bus.NonBlocking;
import io.promlib.bus.Tail;
import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;
import io.promlib.store.EventStore;
import io.promlib.store.Filter;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A reader of one topic, at work on a worker of the bus while there is something for it. */
final class Follower<T> implements Tail, Turns.Task {
  /*
   * `next` is the lowest position not come to. A page tells of every position from `next` up to the one that it covers,
   * so what is not on it up to there was removed: below the topic's `first` by retention, which is told as a gap, above
   * by compaction, which is no loss. `next` passes a position when its handler returned, or when it is known to hold
   * nothing for this tail.
   *
   * With a snapshot, `next` waits at the position that the state is followed from until the last page of it (see
   * TailState) is handed out. A page that was left in the middle, as for a pause, is read again from behind the last key.
   *
   * One run at a time (`running`). Whoever has news sets `news` and then tries to start a run; a run that found nothing
   * ends, and looks once more for news. So news is seen by the run that is, or starts one. Where it takes turns with
   * others, a run is a stretch or two.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
  private static final long LOOK_AGAIN = Duration.ofMillis(50).toNanos();
  private static final long LOOK_ANYWAY = Duration.ofSeconds(3).toNanos();
  private static final Duration REFUSED = Duration.ofSeconds(1);

  /** Most often the second one finds nothing, and nobody need come back for that. */
  private static final int STRETCHES_A_TURN = 2;

  private final Topic<T> topic;
  private final TailOptions options;
  private final TailHandler<T> handler;
  private final Wiring wiring;
  private final @Nullable Turns turns;
  private final Consumer<Follower<?>> left;
  private final Alarm alarm;
  private final StoreTrouble trouble;
  private final AtomicBoolean running = new AtomicBoolean();
  private final AtomicReference<@Nullable EndReason> over = new AtomicReference<>();
  private final CompletableFuture<EndReason> ended = new CompletableFuture<>();
  private volatile boolean news;
  private volatile boolean paused;
  private volatile long next;
  private EventStore.@Nullable Registration appends;

  /* Of the run. */
  private @Nullable TailState state;
  private @Nullable String lastKey;
  private boolean stateBegun;
  private boolean gathers;

  Follower(
      Topic<T> topic,
      TailOptions options,
      TailHandler<T> handler,
      Wiring wiring,
      Turns turns,
      @Nullable TailState state,
      long from,
      Consumer<Follower<?>> left) {
    this.topic = topic;
    this.options = options;
    this.handler = handler;
    this.wiring = wiring;
    this.turns = handler instanceof NonBlocking && !wiring.events().blocks() ? turns : null;
    this.left = left;
    this.next = from;
    this.state = state;
    this.paused = options.paused();
    this.alarm = new Alarm(wiring.timing(), this::wake);
    this.trouble =
        new StoreTrouble(
            "tail of " + topic.name(), LOG, () -> ThreadLocalRandom.current().nextDouble());
  }

  void start() {
    synchronized (this) {
      if (over.get() == null) {
        appends = wiring.events().onAppend(topic.name(), this::news);
      }
    }
    wake();
  }

  private void news() {
    if (!news) {
      news = true;
    }
    wake();
  }

  private void wake() {
    if (running.get() || paused || over.get() != null || !running.compareAndSet(false, true)) {
      return;
    }
    if (turns != null) {
      turns.give(this);
      return;
    }
    try {
      wiring.workers().execute(this::run);
    } catch (RuntimeException | Error e) {
      refused(e);
    }
  }

  @Override
  public void refused(Throwable why) {
    running.set(false);
    if (over.get() == null) {
      LOG.warn("tail of {}: the workers refused a task, trying again in {}", topic, REFUSED, why);
      alarm.in(REFUSED.toNanos(), wiring.nanos());
    }
  }

  @Override
  public void run() {
    boolean told = news;
    boolean more = false;
    try {
      for (int stretches = 1; !more && mayGoOn() && step(); stretches++) {
        told = false;
        more = turns != null && stretches == STRETCHES_A_TURN;
      }
    } finally {
      running.set(false);
    }
    if (mayGoOn() && (news || more)) {
      wake();
    } else if (mayGoOn() && !trouble.waits(wiring.nanos())) {
      if (told) {
        alarm.in(LOOK_AGAIN, wiring.nanos());
      } else if (wiring.shared()) {
        alarm.in(LOOK_ANYWAY, wiring.nanos());
      }
    }
  }

  private boolean mayGoOn() {
    return !paused && over.get() == null;
  }

  /** Reads a stretch and hands it out; false if there was nothing. */
  private boolean step() {
    if (trouble.waits(wiring.nanos())) {
      return false;
    }
    news = false;
    try {
      TailState begins = state;
      boolean found = begins == null ? events() : state(begins);
      trouble.answered();
      return found;
    } catch (RuntimeException | Error e) {
      alarm.in(trouble.failed(e, wiring.nanos()), wiring.nanos());
      wiring.listener().onError(topic.name(), "", e);
      return false;
    } finally {
      // What a failed step handed out is gathered too, and nothing may come for long.
      if (gathers && handler instanceof Gathering gathering) {
        gathers = false;
        pause(gathering);
      }
    }
  }

  private void pause(Gathering gathering) {
    try {
      gathering.onPause();
    } catch (RuntimeException | Error e) {
      LOG.warn("tail of {}: the handler failed at what it gathered", topic.name(), e);
      wiring.listener().onError(topic.name(), "", e);
    }
  }

  private boolean state(TailState begins) {
    LatestPage page = begins.page(lastKey, options.batchSize());
    tellSnapshot();
    for (EventRecord event : page.events()) {
      if (!mayGoOn()) {
        return true;
      }
      if (!event.payload().isNull()) {
        hand(event, true);
      }
      lastKey = event.key();
    }
    if (page.next() == null) {
      begins.tellLost(this::gap);
      state = null;
    }
    lastKey = page.next();
    return true;
  }

  private void tellSnapshot() {
    if (stateBegun) {
      return;
    }
    stateBegun = true;
    try {
      options.onSnapshot().run();
    } catch (RuntimeException e) {
      LOG.warn("tail of {}: onSnapshot failed", topic.name(), e);
    }
  }

  private boolean events() {
    long from = next;
    int limit = options.batchSize();
    Page page = wiring.events().read(topic.name(), from, limit);
    long covered = page.covered(limit);
    if (covered < from) {
      return false;
    }
    if (page.first() > from) {
      long to = Math.min(page.first() - 1, before(page, covered));
      gap(from, to);
      next = to + 1;
    }
    for (EventRecord event : page.events()) {
      if (!mayGoOn()) {
        return true;
      }
      hand(event, false);
      next = event.seq() + 1;
    }
    next = covered + 1;
    return true;
  }

  /* An event that was read before retention raised `first` over it is here, and no part of the gap. */
  private static long before(Page page, long covered) {
    return page.events().isEmpty() ? covered : page.events().get(0).seq() - 1;
  }

  private void gap(long from, long to) {
    if (to < from) {
      return;
    }
    LOG.warn("a tail of {} lost positions {} to {} to retention", topic.name(), from, to);
    try {
      options.gapListener().onGap(from, to);
    } catch (RuntimeException e) {
      LOG.warn("tail of {}: a gap listener failed", topic.name(), e);
    }
  }

  private void hand(EventRecord event, boolean snapshot) {
    Filter.Match filter = options.filter();
    if (filter != null && !filter.matches(event)) {
      return;
    }
    gathers = true;
    try {
      handler.handle(new Followed<>(event, topic, wiring.mapper(), snapshot));
    } catch (Throwable failure) {
      if (failure instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      LOG.warn("tail of {}: the handler failed on seq {}", topic.name(), event.seq(), failure);
      wiring.listener().onError(topic.name(), "", failure);
    }
  }

  @Override
  public String topic() {
    return topic.name();
  }

  @Override
  public long position() {
    return next;
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    news();
  }

  boolean isRunning() {
    return running.get();
  }

  @Override
  public CompletionStage<EndReason> ended() {
    return ended.minimalCompletionStage();
  }

  @Override
  public void close() {
    end(EndReason.CLOSED);
  }

  void end(EndReason reason) {
    if (!over.compareAndSet(null, reason)) {
      return;
    }
    synchronized (this) {
      if (appends != null) {
        appends.close();
      }
    }
    alarm.off();
    left.accept(this);
    ended.complete(reason);
  }
}
