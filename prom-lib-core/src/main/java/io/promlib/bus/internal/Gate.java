package io.promlib.bus.internal;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What runs in one isolation, so that one event can be given it alone.
 *
 * <p>A start counts itself in its member first and looks at {@link #isFor} after; one that wants to
 * be alone closes the gate first and counts after. Both are sequentially consistent, so never do
 * both believe that they may go.
 */
final class Gate {
  /**
   * Whether a start alone is written to the group's claim, so that a crash of the process is known
   * to be its own.
   */
  private final boolean recorded;

  private final List<Member> members = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable Lease> holder = new AtomicReference<>();
  private volatile @Nullable Runnable whenIdle;

  Gate(boolean recorded) {
    this.recorded = recorded;
  }

  boolean recorded() {
    return recorded;
  }

  void enter(Member member) {
    members.add(member);
  }

  void leave(Member member) {
    members.remove(member);
  }

  boolean isUnused() {
    return members.isEmpty();
  }

  /** Whether this event may start: nobody wants to be alone, or it is the one who does. */
  boolean isFor(Lease lease) {
    Lease alone = holder.get();
    return alone == null || alone == lease;
  }

  /**
   * Keeps all others from starting, from now until {@link #open}; {@code kick} is called when one
   * of them ends.
   */
  boolean close(Lease lease, Runnable kick) {
    if (holder.get() == lease) {
      return true;
    }
    if (!holder.compareAndSet(null, lease)) {
      return false;
    }
    whenIdle = kick;
    return true;
  }

  /** Whether nothing is in flight here but the one event that {@code starting} counts already. */
  boolean isIdleBut(Member starting) {
    for (Member member : members) {
      if (member.active() > (member == starting ? 1 : 0)) {
        return false;
      }
    }
    return true;
  }

  void open(Lease lease) {
    if (holder.get() == lease) {
      whenIdle = null;
      holder.set(null);
      members.forEach(member -> member.runtime().wake());
    }
  }

  /** Something that ran here ended. */
  void ended() {
    Runnable kick = whenIdle;
    if (kick != null) {
      kick.run();
    }
  }
}
