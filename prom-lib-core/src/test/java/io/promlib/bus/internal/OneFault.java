package io.promlib.bus.internal;

import io.promlib.PromException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** One store call of a test's choice goes wrong: the process dies there, or its answer is lost. */
final class OneFault implements Faults {
  private enum Kind {
    CRASH_BEFORE,
    CRASH_AFTER,
    LOSE_ANSWER,
    REFUSE_ALWAYS
  }

  private String call = "";
  private Kind kind = Kind.LOSE_ANSWER;
  private Runnable death = () -> {};
  private boolean over;
  private final AtomicInteger struck = new AtomicInteger();

  /** The process dies before the next call of this name does anything. */
  void crashBefore(String name) {
    arm(name, Kind.CRASH_BEFORE);
  }

  /** The next call of this name does its work, and then the process dies. */
  void crashAfter(String name) {
    arm(name, Kind.CRASH_AFTER);
  }

  /** The next call of this name does its work, but its answer does not come. */
  void loseAnswer(String name) {
    arm(name, Kind.LOSE_ANSWER);
  }

  /** From now on calls of this name fail and do nothing. */
  void refuse(String name) {
    arm(name, Kind.REFUSE_ALWAYS);
  }

  /** What ends the process when it dies; it makes no store call after that in any case. */
  void kills(Runnable process) {
    death = process;
  }

  /** How often something went wrong. */
  int struck() {
    return struck.get();
  }

  private void arm(String name, Kind what) {
    call = name;
    kind = what;
  }

  @Override
  public <R> R strike(String name, boolean others, Supplier<R> real) {
    if (over) {
      throw new Crash(name + " of a dead process");
    }
    if (!name.equals(call)) {
      return real.get();
    }
    struck.incrementAndGet();
    if (kind == Kind.REFUSE_ALWAYS) {
      throw new PromException("the store cannot be reached");
    }
    call = "";
    if (kind == Kind.CRASH_BEFORE) {
      throw die(name + " before");
    }
    R answer = real.get();
    if (kind == Kind.CRASH_AFTER) {
      throw die(name + " after");
    }
    if (kind == Kind.LOSE_ANSWER) {
      throw new PromException("the answer was lost");
    }
    return answer;
  }

  private Crash die(String where) {
    over = true;
    death.run();
    return new Crash(where);
  }

  @Override
  public boolean loses() {
    return false;
  }

  @Override
  public boolean isOver() {
    return over;
  }
}
