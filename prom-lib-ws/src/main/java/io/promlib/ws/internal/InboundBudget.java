package io.promlib.ws.internal;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that frames of all connections together may hold. */
public final class InboundBudget {
  private final long all;
  private final AtomicLong free;

  public InboundBudget(long bytes) {
    all = bytes;
    free = new AtomicLong(bytes);
  }

  private boolean take(long bytes) {
    if (bytes == 0 || free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  public long free() {
    return free.get();
  }

  /** What all shares together hold. */
  public long held() {
    return all - free.get();
  }

  /**
   * What one connection holds of a budget, so that its end gives back exactly that, whoever is
   * still at work.
   */
  public static final class Share implements AutoCloseable {
    private final long free;
    private InboundBudget budget;
    private long held;
    private boolean closed;

    public Share(InboundBudget budget) {
      this(budget, 0);
    }

    /** So many bytes are free: that others use up the budget does not silence this one. */
    public Share(InboundBudget budget, long free) {
      this.budget = budget;
      this.free = free;
    }

    public synchronized boolean take(long bytes) {
      if (closed || !budget.take(charged(held + bytes) - charged(held))) {
        return false;
      }
      held += bytes;
      return true;
    }

    public synchronized void give(long bytes) {
      if (!closed) {
        budget.free.addAndGet(charged(held) - charged(held - bytes));
        held -= bytes;
      }
    }

    /**
     * Goes over to another budget with all that is held; what that is short of, it is short of
     * until it is given back.
     */
    public synchronized void moveTo(InboundBudget other) {
      if (!closed) {
        budget.free.addAndGet(charged(held));
        other.free.addAndGet(-charged(held));
      }
      budget = other;
    }

    public synchronized long held() {
      return closed ? 0 : held;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        budget.free.addAndGet(charged(held));
      }
    }

    private long charged(long bytes) {
      return Math.max(0, bytes - free);
    }
  }
}
