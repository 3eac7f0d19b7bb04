package io.promlib.client;

import io.promlib.bus.StartAt;
import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;
import io.promlib.limit.TokenBucket;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tail of the gateway's, whose handler runs on a worker of the client. */
final class LiveTail<T> extends Standing<ClientTail> implements ClientTail {
  /*
   * `came` is the last position that came here, `done` the last that the handler is done with; what lies between waits in
   * `queue`, gaps among the events. Nothing of it is leased, so a lost connection takes none of it: the next one is asked
   * to go on behind `came`. Only where the connection went amid a snapshot is there no position to go on from, so what
   * waits is let go and the snapshot begins again. It is known to be over by the first frame behind it.
   *
   * Back-pressure: at `most` waiting events, or MOST_BYTES of them, the gateway is told to pause, and at half of that to
   * resume. What was on its way still comes, which the gateway's own limit of queued bytes bounds; from one that goes on
   * regardless nothing more is taken at HARD_BYTES: the tail leaves, and asks again from `came` when there is room.
   * RESUMEs are counted by the client's `resumes`: the gateway closes a connection that sends too many such frames.
   */
  private static final Logger log = LoggerFactory.getLogger(EventClient.class);
  private static final long MOST_BYTES = 4 << 20;
  private static final long HARD_BYTES = 32 << 20;
  private static final int OVERHEAD = 200;
  private static final long BEGINS = -1;

  /**
   * An event; or the gap before position {@code seq + 1}; or, with a gap from {@link #BEGINS}, that
   * a snapshot begins.
   */
  private record Item(
      @Nullable EventRecord event, boolean snapshot, long gapFrom, long seq, int bytes) {}

  private final Topic<T> topic;
  private final TailOptions options;
  private final TailHandler<T> handler;
  private final TokenBucket resumes;
  private final int most;
  private final ArrayDeque<Item> queue = new ArrayDeque<>();
  private long bytes;
  private long came = -1;
  private volatile long done = -1;
  private boolean inSnapshot;
  private boolean running;
  private boolean halted;
  private boolean paused;
  private boolean crowded;
  private boolean gatewayPaused;
  private boolean resumeLater;
  private boolean leaving;
  private boolean left;

  LiveTail(
      ClientContext client,
      Topic<T> topic,
      TailOptions options,
      TailHandler<T> handler,
      TokenBucket resumes,
      Consumer<Standing<?>> whenOver) {
    super(client, topic.name(), null, whenOver);
    this.topic = topic;
    this.options = options;
    this.handler = handler;
    this.resumes = resumes;
    this.most = options.batchSize();
    this.paused = options.paused();
    this.inSnapshot = options.snapshot();
  }

  @Override
  ClientTail self() {
    return this;
  }

  @Override
  public long position() {
    return done + 1;
  }

  // What the connection tells.

  @Override
  SubscribeOpts opts() {
    StartAt from = inSnapshot || came < 0 ? options.startAt() : new StartAt.AfterSeq(came);
    if (inSnapshot) {
      beginSnapshot();
    }
    return SubscribeOpts.tail(from, inSnapshot, most, client().batch(most), options.filter());
  }

  /* What is known of an earlier gateway's positions means nothing at the next one. */
  private void beginSnapshot() {
    forget();
    came = -1;
    queue.add(new Item(null, true, BEGINS, BEGINS, 0));
    startIfIdle();
  }

  @Override
  boolean beginsPaused() {
    gatewayPaused = paused || crowded;
    return gatewayPaused;
  }

  @Override
  void taken(ServerFrame.Ok ok) {
    Long behind = ok.seq();
    if (behind != null && (came < 0 || inSnapshot)) {
      came = behind;
      if (!inSnapshot) {
        done = behind;
      }
    }
  }

  @Override
  void connectionLost() {
    leaving = false;
    left = false;
  }

  @Override
  void arrived(ServerFrame.Event frame) {
    EventRecord event = frame.event();
    boolean snapshot = frame.ctx().snapshot();
    int size = event.payload().bytes().length + OVERHEAD;
    if (snapshot ? inSnapshot : event.seq() > came) {
      add(new Item(event, snapshot, 0, event.seq(), size));
    }
  }

  @Override
  void gap(ServerFrame.Gap gap) {
    // What retention took while the snapshot was read lies before the position behind it.
    boolean snapshot = inSnapshot && (came < 0 || gap.to() <= came);
    if (snapshot || gap.to() > came) {
      add(new Item(null, snapshot, gap.from(), gap.to(), OVERHEAD));
    }
  }

  private void add(Item item) {
    if (!isOpen() || leaving) {
      return;
    }
    if (bytes > HARD_BYTES) {
      leaving = true;
      leave(
          () -> {
            left = true;
            syncFlow();
          });
      return;
    }
    if (!item.snapshot()) {
      inSnapshot = false;
      came = item.seq();
    }
    queue.add(item);
    bytes += item.bytes();
    syncFlow();
    startIfIdle();
  }

  /** Tells the gateway to pause or to go on, as there is room. */
  private void syncFlow() {
    if (queue.size() >= most || bytes >= MOST_BYTES) {
      crowded = true;
    } else if (queue.size() <= most / 2 && bytes <= MOST_BYTES / 2) {
      crowded = false;
    }
    if (!isOpen()) {
      return;
    }
    boolean pause = paused || crowded;
    if (leaving) {
      if (left && !pause) {
        leaving = false;
        left = false;
        ask();
      }
    } else if (pause && !gatewayPaused) {
      gatewayPaused = true;
      tellPause();
    } else if (!pause && gatewayPaused && !resumeLater) {
      resumeGateway();
    }
  }

  private void resumeGateway() {
    if (resumes.tryConsume(1)) {
      gatewayPaused = false;
      tellResume();
      return;
    }
    resumeLater = true;
    client()
        .timing()
        .schedule(
            () -> {
              synchronized (client().lock()) {
                resumeLater = false;
                syncFlow();
              }
            },
            resumes.deficit(1).plus(Duration.ofMillis(1)));
  }

  // Handling.

  private void startIfIdle() {
    if (!running && !halted && !paused && !queue.isEmpty()) {
      running = true;
      client().threads().work(this::work);
    }
  }

  private void work() {
    for (Item item = next(); item != null; item = next()) {
      handle(item);
      // What interrupted this handler is not meant for the next.
      Thread.interrupted();
      if (!item.snapshot()) {
        done = item.seq();
      }
    }
  }

  private @Nullable Item next() {
    synchronized (client().lock()) {
      Item next = halted || paused ? null : queue.poll();
      if (next == null) {
        running = false;
        idle();
      } else {
        bytes -= next.bytes();
        syncFlow();
      }
      return next;
    }
  }

  private void handle(Item item) {
    EventRecord event = item.event();
    try {
      if (event == null && item.gapFrom() == BEGINS) {
        options.onSnapshot().run();
      } else if (event == null) {
        options.gapListener().onGap(item.gapFrom(), item.seq());
      } else {
        handler.handle(
            new ArrivedEvent<>(event, topic, client().settings().mapper(), item.snapshot()));
      }
    } catch (Throwable failure) {
      log.warn("the handler of {} failed at seq {}", name(), item.seq(), failure);
    }
  }

  @Override
  void halt() {
    halted = true;
  }

  @Override
  boolean isIdle() {
    return !running;
  }

  @Override
  void flush() {}

  @Override
  void forget() {
    queue.clear();
    bytes = 0;
    crowded = false;
  }

  @Override
  public void pause() {
    synchronized (client().lock()) {
      paused = true;
      syncFlow();
    }
  }

  @Override
  public void resume() {
    synchronized (client().lock()) {
      paused = false;
      syncFlow();
      startIfIdle();
    }
  }
}
