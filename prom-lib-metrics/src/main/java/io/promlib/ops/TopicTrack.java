package io.promlib.ops;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A topic over the last minutes. */
final class TopicTrack {
  private final Speed speed = new Speed();
  private final History grown = new History();
  private final Map<String, GroupTrack> groups = new ConcurrentHashMap<>();

  void note(long tail, long nanos) {
    speed.note(tail, nanos);
    grown.add(speed.grown());
  }

  /** Events appended per second. */
  double rate() {
    return speed.perSecond();
  }

  /** Events appended between one look and the next. */
  long[] grown() {
    return grown.all();
  }

  Map<String, GroupTrack> groups() {
    return groups;
  }

  @Nullable GroupTrack group(String name) {
    return groups.get(name);
  }

  long behind() {
    return groups.values().stream().filter(group -> group.lag() > 0).count();
  }
}
