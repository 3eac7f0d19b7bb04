package io.promlib.bus.internal;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import java.util.concurrent.locks.ReentrantLock;

/** Moves events to the dead letters, and takes letters away whose event is done. */
final class Burial {
  private final GroupKey key;
  private final Wiring wiring;
  private final LetterBox letters;
  private final ReentrantLock lock;
  private final Book book;

  Burial(GroupKey key, Wiring wiring, LetterBox letters, ReentrantLock lock, Book book) {
    this.key = key;
    this.wiring = wiring;
    this.letters = letters;
    this.lock = lock;
    this.book = book;
  }

  /** Deletes the letter of a redriven event that is done; false if there is none. */
  boolean deleteLetter() {
    Places.Fatal done;
    lock.lock();
    try {
      done = book.places.doneLetters.peek();
    } finally {
      lock.unlock();
    }
    if (done == null) {
      return false;
    }
    letters.delete(done.entry().letter());
    lock.lock();
    try {
      book.intake.letterGone(done, wiring.now());
    } finally {
      lock.unlock();
    }
    return true;
  }

  /** Writes the letter of an event that was given up; false if none is due. */
  boolean bury() {
    Places.Fatal next = null;
    long now = wiring.now();
    GroupState state;
    lock.lock();
    try {
      for (Places.Fatal event : book.places.fatal) {
        if (event.entry().due() <= now) {
          next = event;
          break;
        }
      }
      state = book.state();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return false;
    }
    boolean buried = letters.add(key.group(), state.seeks(), next.record(), next.entry(), now);
    lock.lock();
    try {
      if (!buried) {
        book.intake.notBuried(next, now + state.settings().backoff().max().toMillis());
      } else if (next.entry().letter() > 0) {
        book.intake.buriedAgain(next);
      } else {
        book.intake.buried(next, now);
      }
    } finally {
      lock.unlock();
    }
    if (buried) {
      wiring
          .listener()
          .onDeadLetter(
              key.group(),
              next.record(),
              next.entry().failures(),
              String.valueOf(next.entry().fatal()));
    }
    return true;
  }
}
