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
    if (free.addAndGet(-bytes) >= 0) {
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
    private InboundBudget budget;
    private long held;
    private boolean closed;

    public Share(InboundBudget budget) {
      this.budget = budget;
    }

    public synchronized boolean take(long bytes) {
      if (closed || !budget.take(bytes)) {
        return false;
      }
      held += bytes;
      return true;
    }

    public synchronized void give(long bytes) {
      if (!closed) {
        held -= bytes;
        budget.free.addAndGet(bytes);
      }
    }

    /**
     * Goes over to another budget with all that is held; what that is short of, it is short of
     * until it is given back.
     */
    public synchronized void moveTo(InboundBudget other) {
      if (!closed) {
        budget.free.addAndGet(held);
        other.free.addAndGet(-held);
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
        budget.free.addAndGet(held);
      }
    }
  }
}
