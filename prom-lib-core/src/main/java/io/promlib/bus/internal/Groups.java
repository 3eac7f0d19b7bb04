package io.promlib.bus.internal;

import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.EventRecord;
import io.promlib.store.Bounds;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes groups, checks subscribers against them, and changes them from outside their loop. */
final class Groups {
  private final Wiring wiring;
  private final Topics topics;

  Groups(Wiring wiring, Topics topics) {
    this.wiring = wiring;
    this.topics = topics;
  }

  /** The group's state, which fits the options; made if there is none. */
  Versioned openOrMake(GroupKey key, SubscribeOptions options) {
    while (true) {
      Optional<Versioned> stored = wiring.groups().load(key);
      if (stored.isPresent()) {
        check(key, stored.get().state().settings(), options);
        return stored.get();
      }
      GroupState made =
          GroupState.starting(
              settings(options), position(key.topic(), options.startAt()), wiring.now());
      Optional<Versioned> written = wiring.groups().compareAndSet(key, null, made);
      if (written.isPresent()) {
        return written.get();
      }
    }
  }

  Optional<Versioned> load(GroupKey key) {
    return wiring.groups().load(key);
  }

  /** Changes a group whatever others do to it meanwhile; false if there is none. */
  boolean change(GroupKey key, UnaryOperator<GroupState> step) {
    while (true) {
      Optional<Versioned> stored = wiring.groups().load(key);
      if (stored.isEmpty()) {
        return false;
      }
      GroupState next = step.apply(stored.get().state());
      if (wiring.groups().compareAndSet(key, stored.get().version(), next).isPresent()) {
        return true;
      }
    }
  }

  boolean delete(GroupKey key) {
    while (true) {
      Optional<Versioned> stored = wiring.groups().load(key);
      if (stored.isEmpty()) {
        return false;
      }
      if (wiring.groups().delete(key, stored.get().version())) {
        return true;
      }
    }
  }

  @Nullable GroupRuntime runtime(GroupKey key) {
    return topics.group(key);
  }

  /** The first position that a group which begins there has before it. */
  long position(String topic, StartAt start) {
    Bounds bounds = wiring.events().bounds(topic);
    if (start instanceof StartAt.Earliest) {
      return bounds.first();
    }
    if (start instanceof StartAt.AfterSeq after) {
      if (after.seq() > bounds.tail()) {
        throw new UnknownPositionException(
            "seq "
                + after.seq()
                + " is beyond the tail of "
                + topic
                + ", which is "
                + bounds.tail());
      }
      return after.seq() + 1;
    }
    if (start instanceof StartAt.AfterId after) {
      Optional<EventRecord> event = wiring.events().find(topic, after.id());
      return event
              .orElseThrow(
                  () ->
                      new UnknownPositionException(
                          "topic " + topic + " holds no event with the id " + after.id()))
              .seq()
          + 1;
    }
    if (start instanceof StartAt.Since since) {
      return wiring
          .events()
          .firstSince(topic, since.time().toEpochMilli())
          .orElse(bounds.tail() + 1);
    }
    return bounds.tail() + 1;
  }

  private static GroupSettings settings(SubscribeOptions options) {
    GroupSettings base = GroupSettings.DEFAULT;
    return new GroupSettings(
        or(options.ordering(), base.ordering()),
        or(options.filter(), base.filter()),
        or(options.maxAttempts(), base.maxAttempts()),
        or(options.backoff(), base.backoff()),
        options.expireAfter());
  }

  private static void check(GroupKey key, GroupSettings made, SubscribeOptions options) {
    same(key, "ordering", made.ordering(), options.ordering());
    same(key, "filter", made.filter(), options.filter());
    same(key, "maxAttempts", made.maxAttempts(), options.maxAttempts());
    same(key, "backoff", made.backoff(), options.backoff());
    if (made.filter() instanceof Filter.Named named && options.predicate() == null) {
      throw new GroupMismatchException(
          "group "
              + key
              + " filters by the predicate '"
              + named.name()
              + "': give filter(\""
              + named.name()
              + "\", …)");
    }
  }

  private static void same(GroupKey key, String field, Object made, @Nullable Object given) {
    if (given != null && !given.equals(made)) {
      throw new GroupMismatchException(
          field
              + " of group "
              + key
              + " is "
              + made
              + " since it was made, not "
              + given
              + "; leave it out, or use another group");
    }
  }

  private static <V> V or(@Nullable V given, V otherwise) {
    return given == null ? otherwise : given;
  }
}
