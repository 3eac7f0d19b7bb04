package io.promlib.client;

import io.promlib.time.Timing;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Publishes without an answer, in the order of the calls. Called under the client's lock.
 *
 * <p>An entry is in {@code waiting} from its call to its answer or time-out, and also in {@code
 * unsent} while it is to be sent over the current connection. {@code unsent} is sorted by the order
 * of the calls, so that what a lost connection or a {@code rate_limited} puts back goes out before
 * what was called later.
 */
final class PublishQueue {
  private static final Duration RATE_PAUSE = Duration.ofMillis(100);
  private static final int ANSWERS_TO_WIDEN = 8;
  // What the protocol has around an event: no gateway takes less.
  private static final int LEAST_FRAME_LIMIT = 64 * 1024;

  /** A publish, encoded; its number is its place in the order of the calls. */
  static final class Entry {
    private final String corr;
    private final String id;
    private final byte[] frame;
    private final CompletableFuture<Confirmed> answer = new CompletableFuture<>();
    private long number;
    // Over a connection that was lost: it may have been published, whatever is said later.
    private boolean sentBefore;

    /** {@code frame} carries this {@code corr} and {@code id}. */
    Entry(String corr, String id, byte[] frame) {
      this.corr = corr;
      this.id = id;
      this.frame = frame;
    }

    String id() {
      return id;
    }
  }

  private final Object lock;
  private final Timing timing;
  private final int most;
  private final Predicate<byte[]> out;
  private final Waiting<Entry> waiting;
  private final TreeMap<Long, Entry> unsent = new TreeMap<>();
  private final ArrayDeque<CompletableFuture<Void>> forRoom = new ArrayDeque<>();
  private @Nullable CompletableFuture<Void> forNone;
  private long number;
  private boolean connected;
  private boolean held;
  // How many may be sent and unanswered: after a rate_limited one, then twice as many after each
  // eight answers, so that little is refused and what is called later seldom gets ahead.
  private int window;
  private int answersInWindow;

  /** {@code out} sends a frame and tells whether there was a connection to send it over. */
  PublishQueue(Object lock, Timing timing, Duration timeout, int most, Predicate<byte[]> out) {
    this.lock = lock;
    this.timing = timing;
    this.most = most;
    this.window = most;
    this.out = out;
    this.waiting = new Waiting<>(lock, timing, timeout, late -> expired(late, timeout));
  }

  boolean isFull() {
    return waiting.size() >= most;
  }

  ClientException tooMany() {
    return new ClientException(
        ErrorCode.TOO_MANY,
        most + " publishes are in flight: wait for their answers, or raise maxPublishesInFlight",
        true,
        null);
  }

  /** Completes when there may be room. */
  CompletableFuture<Void> room() {
    CompletableFuture<Void> room = new CompletableFuture<>();
    forRoom.add(room);
    return room;
  }

  /** Wakes the next that waits for room; one that gave up is passed over. */
  void admitNext() {
    CompletableFuture<Void> next = forRoom.poll();
    while (next != null && !next.complete(null)) {
      next = forRoom.poll();
    }
  }

  /** Completes when nothing is in flight. */
  CompletableFuture<Void> drained() {
    CompletableFuture<Void> none = new CompletableFuture<>();
    if (waiting.size() == 0) {
      none.complete(null);
    } else {
      forNone = none;
    }
    return none;
  }

  /** Takes a publish; there must be room. */
  CompletableFuture<Confirmed> add(Entry entry) {
    entry.number = number++;
    waiting.add(entry.corr, entry);
    unsent.put(entry.number, entry);
    send();
    return entry.answer;
  }

  void connected() {
    connected = true;
    held = false;
    window = most;
    send();
  }

  /** What was sent and not answered is to be sent again. */
  void lost() {
    connected = false;
    for (Entry entry : waiting.values()) {
      entry.sentBefore |= unsent.put(entry.number, entry) == null;
    }
  }

  /** Tells whether the answer belongs here. */
  boolean answered(ServerFrame.Ok ok) {
    Entry entry = waiting.remove(ok.corr());
    if (entry == null) {
      return false;
    }
    Long seq = ok.seq();
    if (seq == null) {
      entry.answer.completeExceptionally(
          Answers.unknown("the gateway's answer to PUBLISH has no seq", entry.id, null));
    } else {
      entry.answer.complete(new Confirmed(entry.id, seq, Boolean.TRUE.equals(ok.duplicate())));
    }
    if (window < most && ++answersInWindow >= ANSWERS_TO_WIDEN) {
      answersInWindow = 0;
      window = Math.min(most, window * 2);
    }
    removed(entry);
    return true;
  }

  /** Tells whether the refusal belongs here. */
  boolean refused(ServerFrame.Err err) {
    Entry entry = waiting.get(err.corr());
    if (entry == null) {
      return false;
    }
    ClientException refusal = Answers.refused(err);
    if (refusal.code() == ErrorCode.RATE_LIMITED) {
      unsent.put(entry.number, entry);
      window = 1;
      answersInWindow = 0;
      hold(Answers.retryAfter(refusal, RATE_PAUSE));
      return true;
    }
    waiting.remove(entry.corr);
    entry.answer.completeExceptionally(
        refusal.temporary()
            ? Answers.unknown("the gateway could not tell whether it published", entry.id, refusal)
            : known(entry, refusal));
    removed(entry);
    return true;
  }

  private static RuntimeException known(Entry entry, ClientException refusal) {
    return entry.sentBefore
        ? Answers.unknown(
            "refused, but sent before over a connection that was lost", entry.id, refusal)
        : refusal;
  }

  /**
   * The gateway ends the connection for a frame beyond its limit. Whichever it was, the largest
   * that was sent is beyond it, too: sent again, it would end each connection.
   */
  void tooLarge() {
    Entry largest = null;
    for (Entry entry : waiting.values()) {
      boolean sent = !unsent.containsKey(entry.number);
      if (sent && (largest == null || entry.frame.length > largest.frame.length)) {
        largest = entry;
      }
    }
    if (largest != null && largest.frame.length > LEAST_FRAME_LIMIT) {
      waiting.remove(largest.corr);
      largest.answer.completeExceptionally(
          known(
              largest,
              new ClientException(
                  ErrorCode.TOO_LARGE,
                  "the gateway takes no frame of "
                      + largest.frame.length
                      + " bytes: make the event smaller, or raise the gateway's maxEventBytes",
                  false,
                  null)));
      removed(largest);
    }
  }

  /** Fails all of them; no more may come. */
  void fail(@Nullable Throwable cause) {
    for (Entry entry : waiting.clear()) {
      entry.answer.completeExceptionally(
          Answers.unknown("the client was closed before the answer", entry.id, cause));
      removed(entry);
    }
    forRoom.forEach(room -> room.complete(null));
    forRoom.clear();
  }

  private void expired(Entry entry, Duration timeout) {
    boolean sent = unsent.get(entry.number) == null;
    String why =
        sent ? "no answer within " + timeout : "not connected, or held back, for " + timeout;
    entry.answer.completeExceptionally(Answers.unknown(why, entry.id, null));
    removed(entry);
  }

  private void removed(Entry entry) {
    unsent.remove(entry.number);
    if (window < most) {
      send();
    }
    admitNext();
    if (forNone != null && waiting.size() == 0) {
      forNone.complete(null);
    }
  }

  private void hold(Duration pause) {
    if (!held) {
      held = true;
      timing.schedule(this::release, pause);
    }
  }

  private void release() {
    synchronized (lock) {
      held = false;
      send();
    }
  }

  private void send() {
    Iterator<Map.Entry<Long, Entry>> next = unsent.entrySet().iterator();
    while (connected && !held && next.hasNext() && waiting.size() - unsent.size() < window) {
      if (!out.test(next.next().getValue().frame)) {
        return;
      }
      next.remove();
    }
  }
}
