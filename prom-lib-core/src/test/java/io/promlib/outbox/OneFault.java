package io.promlib.outbox;

import io.promlib.store.StoreUnavailableException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A call of a test's choice goes wrong: the process dies there, or its answer is lost. */
final class OneFault implements ShakyOutbox.Faults {
  private enum Kind {
    CRASH_BEFORE,
    CRASH_AFTER,
    LOSE_ANSWER,
    REFUSE_ALWAYS,
    RUN_BEFORE
  }

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private String call = "";
  private Kind kind = Kind.LOSE_ANSWER;
  private Runnable meanwhile = () -> {};
  private boolean over;

  void crashBefore(String name) {
    arm(name, Kind.CRASH_BEFORE);
  }

  void crashAfter(String name) {
    arm(name, Kind.CRASH_AFTER);
  }

  void loseAnswer(String name) {
    arm(name, Kind.LOSE_ANSWER);
  }

  /** From now on calls of this name fail and do nothing. */
  void refuse(String name) {
    arm(name, Kind.REFUSE_ALWAYS);
  }

  /** Before the next call of this name others act: the process was paused there. */
  void pauseBefore(String name, Runnable others) {
    meanwhile = others;
    arm(name, Kind.RUN_BEFORE);
  }

  void nothing() {
    call = "";
  }

  /** How often this was called. */
  long count(String name) {
    return calls.stream().filter(name::equals).count();
  }

  private void arm(String name, Kind what) {
    call = name;
    kind = what;
  }

  @Override
  public <R> R strike(String name, Supplier<R> real) {
    if (over) {
      throw new Crash(name + " of a dead process");
    }
    calls.add(name);
    if (!name.equals(call)) {
      return real.get();
    }
    if (kind == Kind.REFUSE_ALWAYS) {
      throw new StoreUnavailableException("the store cannot be reached", null);
    }
    call = "";
    if (kind == Kind.CRASH_BEFORE) {
      over = true;
      throw new Crash("before " + name);
    }
    if (kind == Kind.RUN_BEFORE) {
      meanwhile.run();
    }
    R answer = real.get();
    if (kind == Kind.CRASH_AFTER) {
      over = true;
      throw new Crash("after " + name);
    }
    if (kind == Kind.LOSE_ANSWER) {
      throw new StoreUnavailableException("the answer was lost", null);
    }
    return answer;
  }
}
