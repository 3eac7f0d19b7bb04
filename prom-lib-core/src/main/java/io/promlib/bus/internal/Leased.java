package io.promlib.bus.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The live leases of a group: added and removed at once, searched when something is rare. */
final class Leased {
  private Lease[] leases = new Lease[16];
  private int count;

  void add(Lease lease) {
    if (count == leases.length) {
      leases = Arrays.copyOf(leases, count * 2);
    }
    lease.slot(count);
    leases[count++] = lease;
  }

  void remove(Lease lease) {
    Lease last = leases[--count];
    leases[lease.slot()] = last;
    last.slot(lease.slot());
    clear(count);
  }

  int count() {
    return count;
  }

  Lease get(int index) {
    return leases[index];
  }

  boolean holds(EventKey event) {
    return find(event) != null;
  }

  @Nullable Lease find(EventKey event) {
    for (int i = 0; i < count; i++) {
      Lease lease = leases[i];
      if (lease.record().seq() == event.seq() && lease.key().equals(event)) {
        return lease;
      }
    }
    return null;
  }

  @Nullable Lease find(String id, int number) {
    for (int i = 0; i < count; i++) {
      if (leases[i].number == number && leases[i].record().id().equals(id)) {
        return leases[i];
      }
    }
    return null;
  }

  /** The earliest deadline in nanoseconds; {@code otherwise} if there is no lease. */
  long firstDeadline(long otherwise) {
    long first = otherwise;
    for (int i = 0; i < count; i++) {
      first = i == 0 || leases[i].deadline - first < 0 ? leases[i].deadline : first;
    }
    return first;
  }

  @SuppressWarnings("NullAway") // slots from count on are empty
  private void clear(int slot) {
    leases[slot] = null;
  }
}
