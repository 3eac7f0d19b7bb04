package io.promlib.bus.internal;

import io.promlib.PromException;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.LimitException;
import io.promlib.bus.PublishException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.PayloadException;
import io.promlib.event.Published;
import io.promlib.store.Draft;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends to one topic. Publishes that come while an append is under way go together in the next.
 */
final class Appender {
  /*
   * One thread at a time appends, holding `lock`; who comes meanwhile queues and waits for the lock, and whoever gets it
   * takes the whole queue. An idle topic's publish takes the lock at once and touches no queue. Order: a thread queues
   * its publishes in its own order, and takes the short way only when the queue is empty and the lock is free, so when
   * everything that it queued before is appended.
   *
   * A topic that is forgotten has another appender later, and the order has to hold across both. `ended` is set before the
   * queue is looked at, and unset if something is there: whoever queued before is seen, and whoever queues later sees
   * `ended` and appends before it returns, so before it can come to the other. A publish that waits does so anyway.
   */
  private static final int MOST_AT_ONCE = 1000;

  private static final class Waiting {
    final List<Draft> events;
    final CompletableFuture<List<Published>> answer = new CompletableFuture<>();

    Waiting(List<Draft> events) {
      this.events = events;
    }
  }

  private final String topic;
  private final Wiring wiring;
  private final TopicRuntime runtime;
  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();

  /* Whether a worker is on its way to the lock: one is enough, however many publish without waiting. */
  private final AtomicBoolean drainComes = new AtomicBoolean();

  private volatile boolean ended;

  Appender(String topic, Wiring wiring, TopicRuntime runtime) {
    this.topic = topic;
    this.wiring = wiring;
    this.runtime = runtime;
  }

  /** Appends one event, that was made at {@code now}, and waits. */
  Published append(Draft event, long now) {
    if (queue.isEmpty() && lock.tryLock()) {
      try {
        Published placed = tryPlace(event, now);
        if (placed != null) {
          return placed;
        }
      } finally {
        lock.unlock();
      }
    }
    return append(List.of(event)).get(0);
  }

  private @Nullable Published tryPlace(Draft event, long now) {
    try {
      return wiring.events().append(topic, event, now);
    } catch (RuntimeException e) {
      throw failure(List.of(event), e);
    }
  }

  /** Appends and waits. */
  List<Published> append(List<Draft> events) {
    if (queue.isEmpty() && lock.tryLock()) {
      try {
        return place(events);
      } finally {
        lock.unlock();
      }
    }
    Waiting waiting = new Waiting(events);
    queue.add(waiting);
    lock.lock();
    try {
      while (!waiting.answer.isDone()) {
        drain();
      }
    } finally {
      lock.unlock();
    }
    return answer(waiting);
  }

  /**
   * Appends without waiting, on a worker; on the calling thread if this was given up or the bus is
   * being closed.
   */
  CompletableFuture<List<Published>> appendAsync(List<Draft> events) {
    Waiting waiting = new Waiting(events);
    queue.add(waiting);
    if (ended) {
      drainAll();
    } else if (drainComes.compareAndSet(false, true)) {
      try {
        wiring.workers().execute(this::drainAll);
      } catch (RejectedExecutionException e) {
        /* The bus is being closed; what is queued is still appended, by the publisher itself. */
        drainAll();
      }
    }
    return waiting.answer;
  }

  /** Gives this one up if nothing is queued or under way. */
  boolean endIfIdle() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      ended = true;
      ended = queue.isEmpty();
      return ended;
    } finally {
      lock.unlock();
    }
  }

  private void drainAll() {
    lock.lock();
    try {
      /* Before the queue is looked at: whoever adds later sends another. */
      drainComes.set(false);
      while (!queue.isEmpty()) {
        drain();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Appends what is queued, in one go as far as it is not too much. */
  private void drain() {
    List<Waiting> together = new ArrayList<>();
    int count = 0;
    for (Waiting next = queue.peek(); next != null; next = queue.peek()) {
      if (count > 0 && count + next.events.size() > MOST_AT_ONCE) {
        break;
      }
      together.add(next);
      count += next.events.size();
      queue.remove();
    }
    if (together.size() == 1) {
      settle(together.get(0));
      return;
    }
    List<Draft> events = new ArrayList<>(count);
    together.forEach(waiting -> events.addAll(waiting.events));
    List<Published> placed;
    try {
      placed = tryPlace(events);
    } catch (PayloadException | EventTooLargeException e) {
      /* Nothing was appended, and it is one event's fault: the others are not to fail with it. */
      together.forEach(this::settle);
      return;
    } catch (RuntimeException e) {
      together.forEach(waiting -> waiting.answer.completeExceptionally(failure(waiting.events, e)));
      return;
    }
    int from = 0;
    for (Waiting waiting : together) {
      int size = waiting.events.size();
      int here = Math.max(0, Math.min(size, placed.size() - from));
      List<Published> its = here == 0 ? List.of() : List.copyOf(placed.subList(from, from + here));
      if (here == size) {
        waiting.answer.complete(its);
      } else {
        settle(waiting, its);
      }
      from += size;
    }
  }

  private void settle(Waiting waiting) {
    settle(waiting, List.of());
  }

  private void settle(Waiting waiting, List<Published> placedBefore) {
    try {
      waiting.answer.complete(placeRest(waiting.events, placedBefore));
    } catch (RuntimeException e) {
      waiting.answer.completeExceptionally(e);
    }
  }

  private List<Published> place(List<Draft> events) {
    return placeRest(events, List.of());
  }

  private List<Published> placeRest(List<Draft> events, List<Published> before) {
    try {
      List<Published> placed =
          before.isEmpty()
              ? tryPlace(events)
              : joined(before, tryPlace(rest(events, before.size())));
      return placed.size() == events.size() ? placed : placeWhenThereIsRoom(events, placed);
    } catch (RuntimeException e) {
      throw failure(events, e);
    }
  }

  private List<Published> tryPlace(List<Draft> events) {
    return wiring.events().append(topic, events, wiring.now());
  }

  private List<Published> placeWhenThereIsRoom(List<Draft> events, List<Published> placed) {
    TopicSettings settings = wiring.events().settings(topic);
    boolean blocks = settings.overflow() == Overflow.BLOCK;
    long giveUp = wiring.nanos() + wiring.blockAtMost().toNanos();
    List<Published> all = new ArrayList<>(placed);
    long seen = runtime.beginWaiting();
    try {
      while (true) {
        if (fitsNever(events.get(all.size()), settings)) {
          throw full(events, all);
        }
        boolean freed = runtime.makeRoom(events.size() - all.size());
        List<Published> more = tryPlace(rest(events, all.size()));
        all.addAll(more);
        if (all.size() == events.size()) {
          return all;
        }
        if (freed || !more.isEmpty()) {
          continue;
        }
        if (runtime.isClosed() && all.isEmpty()) {
          throw new BusClosedException("the bus was closed while " + topic + " was full");
        }
        if (!blocks || runtime.isClosed() || wiring.nanos() - giveUp >= 0) {
          throw full(events, all);
        }
        runtime.awaitRoom(seen, all, events);
        seen = runtime.roomMade();
      }
    } finally {
      runtime.endWaiting();
    }
  }

  /**
   * Whether no removal makes room: where the oldest are dropped, the store has tried it already.
   */
  private static boolean fitsNever(Draft event, TopicSettings settings) {
    return settings.overflow() == Overflow.DROP_OLDEST
        || event.payload().encodedLength() > settings.maxBytes();
  }

  private TopicFullException full(List<Draft> events, List<Published> placed) {
    Duration wait = wiring.blockAtMost();
    TopicSettings settings = wiring.events().settings(topic);
    return new TopicFullException(
        "topic "
            + topic
            + " is full; "
            + placed.size()
            + " of "
            + events.size()
            + " events were appended. Its groups have to catch up first, or it needs higher limits"
            + " than maxEvents "
            + settings.maxEvents()
            + " and maxBytes "
            + settings.maxBytes()
            + (settings.overflow() == Overflow.BLOCK ? " (waited " + wait + ")" : ""),
        placed);
  }

  private PromException failure(List<Draft> events, RuntimeException e) {
    if (e instanceof TopicFullException
        || e instanceof PayloadException
        || e instanceof EventTooLargeException
        || e instanceof BusClosedException
        || e instanceof LimitException
        || e instanceof PublishException) {
      return (PromException) e;
    }
    return new PublishException(
        "it is unknown whether "
            + events.size()
            + " events were appended to "
            + topic
            + "; publish them again by id",
        events.stream().map(Draft::id).toList(),
        e);
  }

  private static List<Draft> rest(List<Draft> events, int from) {
    return from == 0 ? events : events.subList(from, events.size());
  }

  private static List<Published> joined(List<Published> some, List<Published> more) {
    List<Published> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private static List<Published> answer(Waiting waiting) {
    try {
      return waiting.answer.join();
    } catch (java.util.concurrent.CompletionException e) {
      throw e.getCause() instanceof PromException failure ? failure : e;
    }
  }
}
