package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.Ordering;
import io.promlib.store.Unfinished;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What may start next. Events that belong to one lane (a key, or the whole topic) start one after
 * another: a lane shows its head only, and shows the next when the head is done. A head that waits
 * for its time holds its lane back, and nothing else.
 */
final class Lanes {
  private static final Comparator<Lease> BY_POSITION =
      Comparator.<Lease>comparingLong(lease -> lease.record().seq())
          .thenComparingLong(lease -> lease.key().letter());

  private static final class Lane {
    Lease head;
    final TreeSet<Lease> behind = new TreeSet<>(BY_POSITION);

    Lane(Lease head) {
      this.head = head;
    }
  }

  private final Ordering ordering;
  private final ArrayDeque<Lease> ready = new ArrayDeque<>();
  private final PriorityQueue<Lease> delayed =
      new PriorityQueue<>(Comparator.comparingLong(Lease::due));
  private final Map<String, Lane> lanes = new HashMap<>();
  private int behind;

  Lanes(Ordering ordering) {
    this.ordering = ordering;
  }

  /** An event that was claimed and read. */
  void add(Lease lease, long now) {
    String name = lane(lease.record());
    if (name == null) {
      offer(lease, now);
      return;
    }
    Lane lane = lanes.get(name);
    if (lane == null) {
      lanes.put(name, new Lane(lease));
      offer(lease, now);
    } else {
      lane.behind.add(lease);
      behind++;
    }
  }

  /** The next that may start; stays where it is. */
  @Nullable Lease peek() {
    return ready.peekFirst();
  }

  /** Takes what {@link #peek} showed. */
  void take() {
    ready.removeFirst();
  }

  /** How many may start now. */
  int ready() {
    return ready.size();
  }

  /** How many are here at all. */
  int size() {
    return ready.size() + delayed.size() + behind;
  }

  /** The event is done, or is no longer this process's: its lane goes on. */
  void leave(Lease lease, long now) {
    String name = lane(lease.record());
    Lane lane = name == null ? null : lanes.get(name);
    if (lane == null) {
      return;
    }
    if (!lane.head.key().equals(lease.key())) {
      behind -= lane.behind.remove(lease) ? 1 : 0;
      return;
    }
    Lease next = lane.behind.pollFirst();
    if (next == null) {
      lanes.remove(name);
    } else {
      behind--;
      lane.head = next;
      offer(next, now);
    }
  }

  /** The event is to be tried again, by a lease of its own, before anything else of its lane. */
  void again(Lease retry, long now) {
    String name = lane(retry.record());
    Lane lane = name == null ? null : lanes.get(name);
    if (lane != null) {
      lane.head = retry;
    }
    offer(retry, now);
  }

  /** An event is not done after all that left its lane: it holds back what comes to it. */
  void hold(Lease lease) {
    String name = lane(lease.record());
    if (name != null) {
      lanes.putIfAbsent(name, new Lane(lease));
    }
  }

  /** Lets those start whose time has come. */
  void promote(long now) {
    for (Lease first = delayed.peek();
        first != null && first.due() <= now;
        first = delayed.peek()) {
      ready.add(first);
      delayed.remove();
    }
  }

  /** When the next becomes due, in epoch milliseconds. */
  long nextDue() {
    Lease first = delayed.peek();
    return first == null ? Long.MAX_VALUE : first.due();
  }

  /** Takes out the retry of an event that was not started again. */
  @Nullable Lease withdraw(EventKey event) {
    Lease found = withdraw(ready.iterator(), event);
    return found != null ? found : withdraw(delayed.iterator(), event);
  }

  /** Calls with each that was not started. */
  void forEach(Consumer<Lease> each) {
    ready.forEach(each);
    delayed.forEach(each);
    lanes.values().forEach(lane -> lane.behind.forEach(each));
  }

  /**
   * Takes out what was not started of these events; a lane stays while its head is {@code busy},
   * and holds back what comes to it.
   */
  void drop(Predicate<EventRecord> which, Predicate<EventKey> busy) {
    ready.removeIf(lease -> which.test(lease.record()));
    delayed.removeIf(lease -> which.test(lease.record()));
    for (Iterator<Lane> each = lanes.values().iterator(); each.hasNext(); ) {
      Lane lane = each.next();
      if (which.test(lane.head.record())) {
        behind -= lane.behind.size();
        lane.behind.clear();
        if (!busy.test(lane.head.key())) {
          each.remove();
        }
      }
    }
  }

  /** Whether the event is here and was not started. */
  boolean holds(EventKey event) {
    return ready.stream().anyMatch(lease -> lease.key().equals(event))
        || delayed.stream().anyMatch(lease -> lease.key().equals(event));
  }

  void clear() {
    ready.clear();
    delayed.clear();
    lanes.clear();
    behind = 0;
  }

  private static @Nullable Lease withdraw(Iterator<Lease> leases, EventKey event) {
    while (leases.hasNext()) {
      Lease lease = leases.next();
      if (lease.key().equals(event)) {
        leases.remove();
        return lease;
      }
    }
    return null;
  }

  private void offer(Lease lease, long now) {
    Unfinished entry = lease.entry;
    if (entry != null && entry.fatal() != null) {
      return; // holds its lane until its letter is written
    }
    if (lease.due() <= now) {
      ready.add(lease);
    } else {
      delayed.add(lease);
    }
  }

  private @Nullable String lane(EventRecord record) {
    return switch (ordering) {
      case NONE -> null;
      case KEY -> record.key();
      case TOPIC -> "";
    };
  }
}
