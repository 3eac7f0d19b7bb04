package io.promlib.bus.internal;

import io.promlib.bus.PublishException;
import io.promlib.event.Published;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupStore.Versioned;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A topic at work in this process: its appender, and the groups that have subscribers here. */
final class TopicRuntime {
  /** How often a publisher that waits for room looks at what other processes' groups have done. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  /** Room is made for more than is asked for, but not for so many that a small topic is emptied. */
  private static final int MOST_AHEAD = 64;

  private static final int SHARE_AHEAD = 100;

  private final String name;
  private final Wiring wiring;
  private final BooleanSupplier closed;
  private final Appender appender;
  private volatile GroupRuntime[] groups = {};
  private EventStore.@Nullable Registration appends;
  private final Object room = new Object();
  private volatile int waitingForRoom;
  private long roomMade;
  private boolean ended;

  TopicRuntime(String name, Wiring wiring, BooleanSupplier closed) {
    this.name = name;
    this.wiring = wiring;
    this.closed = closed;
    this.appender = new Appender(name, wiring, this);
  }

  Appender appender() {
    return appender;
  }

  List<GroupRuntime> groups() {
    return List.of(groups);
  }

  @Nullable GroupRuntime group(String group) {
    for (GroupRuntime runtime : groups) {
      if (runtime.key().group().equals(group)) {
        return runtime;
      }
    }
    return null;
  }

  /** The runtime of a group, made if there is none; null if this topic's runtime was given up. */
  synchronized @Nullable GroupRuntime group(GroupKey key, Versioned stored) {
    if (ended) {
      return null;
    }
    GroupRuntime known = group(key.group());
    if (known == null) {
      if (appends == null) {
        appends = wiring.events().onAppend(name, this::appended);
      }
      known = new GroupRuntime(key, stored, wiring, this);
      GroupRuntime[] more = Arrays.copyOf(groups, groups.length + 1);
      more[groups.length] = known;
      groups = more;
    }
    return known;
  }

  /** Gives this runtime up if no group works on it and nothing is being published. */
  synchronized boolean endIfUnused() {
    ended = groups.length == 0 && appender.endIfIdle();
    return ended;
  }

  synchronized void retire(GroupRuntime group) {
    groups =
        Arrays.stream(groups).filter(other -> !other.equals(group)).toArray(GroupRuntime[]::new);
    if (groups.length == 0) {
      deaf();
    }
  }

  /** Hears of no appends any more. */
  synchronized void deaf() {
    if (appends != null) {
      appends.close();
      appends = null;
    }
  }

  private void appended() {
    for (GroupRuntime group : groups) {
      group.appended();
    }
  }

  /** Some group came further. */
  void floorMoved() {
    if (waitingForRoom > 0) {
      lookForRoom();
    }
  }

  /** Publishers that wait for room look again. */
  void lookForRoom() {
    synchronized (room) {
      roomMade++;
      room.notifyAll();
    }
  }

  /** Whether nobody is to wait for room any more. */
  boolean isClosed() {
    return closed.getAsBoolean();
  }

  /**
   * Removes the oldest events that every group passed, about as many as are wanted; tells whether
   * any.
   */
  boolean makeRoom(int wanted) {
    Extent extent = wiring.events().extent(name);
    long safe = safe(extent.tail());
    long excess = Math.max(0, extent.count() - wiring.events().settings(name).maxEvents());
    long ahead = Math.min(MOST_AHEAD, extent.count() / SHARE_AHEAD);
    long below = Math.min(safe + 1, extent.first() + Math.max(wanted + excess, ahead));
    if (below <= extent.first()) {
      return false;
    }
    wiring.events().removeBelow(name, below);
    return true;
  }

  /** The position that every group passed; the tail if there is no group. */
  long safe(long tail) {
    long safe = tail;
    for (Versioned stored : wiring.groups().loadAll(name).values()) {
      safe = Math.min(safe, stored.state().floor());
    }
    return safe;
  }

  /** Waits until room may have been made since {@code seen}, or a moment has passed. */
  void awaitRoom(long seen, List<Published> placed, List<Draft> events) {
    synchronized (room) {
      Thread waiter = Thread.currentThread();
      if (roomMade != seen) {
        return;
      }
      var alarm = wiring.timing().schedule(this::lookForRoom, LOOK_AGAIN);
      try {
        while (roomMade == seen && !isClosed()) {
          room.wait();
        }
      } catch (InterruptedException e) {
        waiter.interrupt();
        throw new PublishException(
            "interrupted while waiting for room in " + name,
            events.subList(placed.size(), events.size()).stream().map(Draft::id).toList(),
            e);
      } finally {
        alarm.cancel();
      }
    }
  }

  /** Announces a publisher that waits; what it returns goes to {@link #awaitRoom}. */
  long beginWaiting() {
    synchronized (room) {
      waitingForRoom++;
      return roomMade;
    }
  }

  long roomMade() {
    synchronized (room) {
      return roomMade;
    }
  }

  void endWaiting() {
    synchronized (room) {
      waitingForRoom--;
    }
  }
}
