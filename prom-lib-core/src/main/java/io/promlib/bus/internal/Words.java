package io.promlib.bus.internal;

import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import org.jspecify.annotations.Nullable;

/**
 * What the store said last of the group, and what it has not been told yet. While that is being
 * written it is {@code writing}; what happens meanwhile goes to a fresh {@link #delta}, whose word
 * on an event comes later and wins.
 */
final class Words {
  private Versioned stored;
  private Delta delta = new Delta();
  private Delta writing = new Delta();
  private long round = 1;
  private long written;

  Words(Versioned stored) {
    this.stored = stored;
  }

  GroupState state() {
    return stored.state();
  }

  Version version() {
    return stored.version();
  }

  /** Takes what will be written next. */
  Delta delta() {
    return delta;
  }

  /** The last word on an event that the store may not know. */
  Delta.@Nullable Change last(EventKey event) {
    Delta.Change last = delta.change(event);
    return last == null ? writing.change(event) : last;
  }

  boolean isDoneFresh(EventKey event) {
    return delta.isDoneFresh(event) || writing.isDoneFresh(event);
  }

  /** Names what happened since the last write began. */
  long round() {
    return round;
  }

  /** Whether something that was said in a round may still be to be written. */
  boolean isPendingSince(long since) {
    return since > written && !(delta.isEmpty() && writing.isEmpty());
  }

  /** What was said is on its way. */
  void prepared() {
    Delta free = writing;
    writing = delta;
    delta = free;
    round++;
  }

  /** The write stands. */
  void written(Versioned now) {
    stored = now;
    writing.clear();
    written = round - 1;
  }

  /** The write was refused, or nobody knows: it is to be said again, before what came later. */
  void refused() {
    writing.addAll(delta);
    delta.clear();
    Delta both = writing;
    writing = delta;
    delta = both;
  }

  /** The state was loaded. */
  void loaded(Versioned now) {
    stored = now;
  }

  /** Nothing that was said matters any more. */
  void forget() {
    delta.clear();
    written = round++;
  }
}
