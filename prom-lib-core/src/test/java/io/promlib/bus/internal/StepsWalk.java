package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.bus.internal.GroupSteps.Taken;
import io.promlib.store.Backoff;
import io.promlib.store.Claim;
import io.promlib.store.Filter;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A seeded walk of several owners over the state of one group without slots, beside a naive model
 * of it: which event is in whose hands, and how often it failed.
 */
final class StepsWalk {
  /** Where the model has an event that is not done: a claim's token, or {@link #WAITING}. */
  record Place(String where, int failures) {}

  static final String WAITING = "waiting";

  private static final int OWNERS = 3;

  final Ordering ordering;
  final Map<EventKey, Place> model = new HashMap<>();
  GroupState state;
  long next;
  long skipped;
  long now = 1_000;
  String lastStep = "none";
  private final Random random;
  private final Failures failures;
  private final int most;
  private final String[] tokens = new String[OWNERS];
  private long first = 1;
  private long tail;
  private long letters;
  private int born;

  /**
   * A group at its beginning.
   *
   * @param most how many events a claim asks for at most
   */
  StepsWalk(long seed, int most) {
    this.random = new Random(seed);
    this.most = most;
    this.ordering = random.nextInt(3) == 0 ? Ordering.TOPIC : Ordering.NONE;
    GroupSettings settings =
        new GroupSettings(
            ordering,
            Filter.ALL,
            1 + random.nextInt(4),
            new Backoff(Duration.ofMillis(50), 2, Duration.ofSeconds(1), 0),
            null);
    this.failures = new Failures(settings, true, () -> 0);
    this.next = 1L + random.nextInt(3);
    this.tail = next - 1;
    this.state = GroupState.starting(settings, next, now);
    for (int i = 0; i < OWNERS; i++) {
      tokens[i] = token(i);
    }
  }

  /** Takes one step; true if it was a seek, which alone may move the floor back. */
  boolean step() {
    now += random.nextInt(4) == 0 ? random.nextInt(200) : 0;
    int owner = random.nextInt(OWNERS);
    int dice = random.nextInt(100);
    if (dice < 15) {
      lastStep = "publish";
      tail += random.nextInt(2 * most);
    } else if (dice < 45) {
      claim(owner);
    } else if (dice < 75) {
      settle(owner);
    } else if (dice < 83) {
      takeOver(owner);
    } else if (dice < 88) {
      release(owner);
    } else if (dice < 92) {
      lastStep = "restart of " + tokens[owner];
      tokens[owner] = token(owner);
    } else if (dice < 95) {
      lastStep = "retention";
      first = Math.min(tail + 1, first + random.nextInt(2 * most));
    } else if (dice < 98) {
      enter();
    } else {
      seek();
      return true;
    }
    return false;
  }

  /** The lowest event of the topic that is not done, less one. */
  long floor() {
    return model.keySet().stream()
            .filter(event -> event.letter() == 0)
            .mapToLong(EventKey::seq)
            .min()
            .orElse(next)
        - 1;
  }

  /** Where the state has what is not done; fails if an event is in two places. */
  Map<EventKey, Place> places() {
    Map<EventKey, Place> places = new HashMap<>();
    for (Claim claim : state.claims()) {
      claim.fresh().forEach(seq -> put(places, new EventKey(seq, 0), claim.token(), 0));
      claim.retried().forEach(e -> put(places, EventKey.of(e), claim.token(), e.failures()));
    }
    state.waiting().forEach(e -> put(places, EventKey.of(e), WAITING, e.failures()));
    return places;
  }

  private static void put(
      Map<EventKey, Place> places, EventKey event, String where, int failureCount) {
    Place other = places.put(event, new Place(where, failureCount));
    if (other != null) {
      throw new AssertionError(event + " is in " + other.where() + " and in " + where);
    }
  }

  private void claim(int owner) {
    int wanted = random.nextInt(most + 1);
    lastStep = "claim of " + wanted + " by " + tokens[owner];
    long until = now + 100;
    Request request = new Request(wanted, first, tail);
    Taken taken = GroupSteps.claim(state, "o" + owner, tokens[owner], request, now, until);
    state = taken.state();
    if (taken.skippedFrom() > 0) {
      require(taken.skippedFrom() == next, "skips begin at the next position");
      skipped += taken.skippedTo() - taken.skippedFrom() + 1;
      next = taken.skippedTo() + 1;
    }
    for (Unfinished event : taken.retried()) {
      Place place = model.get(EventKey.of(event));
      require(place != null && place.where().equals(WAITING), "took what did not wait: " + event);
      require(ordering != Ordering.NONE || event.due() <= now, "took what is not due: " + event);
      model.put(EventKey.of(event), new Place(tokens[owner], event.failures()));
    }
    require(
        taken.fresh().isEmpty()
            || (taken.fresh().first(0) == next && taken.fresh().last(0) <= tail && first <= next),
        "fresh events come next and exist: " + taken.fresh());
    taken.fresh().forEach(seq -> model.put(new EventKey(seq, 0), new Place(tokens[owner], 0)));
    next += taken.fresh().size();
    long count = taken.fresh().size() + taken.retried().size();
    require(count <= wanted || ordering != Ordering.NONE, "took " + count);
  }

  private void settle(int owner) {
    lastStep = "settle by " + tokens[owner];
    Delta delta = new Delta();
    Map<EventKey, Place> after = new HashMap<>();
    for (EventKey event : held(tokens[owner])) {
      int failed = placed(event).failures();
      Unfinished entry =
          new Unfinished(
              event.seq(),
              failed + 1,
              now + random.nextInt(100),
              false,
              false,
              null,
              event.letter(),
              event.letter() > 0 ? 1 : 0);
      switch (random.nextInt(5)) {
        case 0 -> {
          delta.waiting(entry);
          after.put(event, new Place(WAITING, failed + 1));
        }
        case 1 -> {
          delta.claimed(entry);
          after.put(event, new Place(tokens[owner], failed + 1));
        }
        case 2 -> {
          delta.done(event);
          after.put(event, new Place("done", 0));
        }
        case 3 -> {
          if (event.letter() == 0 && isFresh(tokens[owner], event.seq())) {
            delta.doneFresh(event.seq());
            after.put(event, new Place("done", 0));
          }
        }
        default -> {} // stays as it is
      }
    }
    state = Settling.settle(state, "o" + owner, tokens[owner], delta);
    model.putAll(after);
    model.values().removeIf(place -> place.where().equals("done"));
  }

  private boolean isFresh(String token, long seq) {
    Claim mine = Claims.find(state, token);
    return mine != null && mine.fresh().contains(seq);
  }

  private void takeOver(int owner) {
    lastStep = "take-over by " + tokens[owner];
    List<String> dead = new ArrayList<>();
    List<EventKey> fatal = new ArrayList<>();
    for (Claim claim : state.claims()) {
      if (claim.until() <= now && !claim.token().equals(tokens[owner])) {
        dead.add(claim.token());
      }
      claim.retried().stream()
          .filter(e -> e.fatal() != null)
          .forEach(e -> fatal.add(EventKey.of(e)));
    }
    state = GroupSteps.takeOver(state, tokens[owner], failures, now);
    model.replaceAll(
        (event, place) ->
            dead.contains(place.where())
                ? new Place(WAITING, place.failures() + (fatal.contains(event) ? 0 : 1))
                : place);
  }

  private void release(int owner) {
    lastStep = "release by " + tokens[owner];
    state = GroupSteps.release(state, tokens[owner], now);
    model.replaceAll(
        (event, place) ->
            place.where().equals(tokens[owner]) ? new Place(WAITING, place.failures()) : place);
  }

  /** A dead letter of an event that is done is redriven. */
  private void enter() {
    lastStep = "redrive";
    if (floor() > 0 && model.size() < GroupSteps.MAX_UNFINISHED) {
      Unfinished entry =
          new Unfinished(1 + bounded(floor()), 0, now, false, false, null, ++letters, 1);
      state = GroupSteps.enter(state, entry);
      model.put(EventKey.of(entry), new Place(WAITING, 0));
    }
  }

  private void seek() {
    next = first + bounded(tail + 2 - first);
    lastStep = "seek to " + next;
    state = GroupSteps.seek(state, next, now);
    model.keySet().removeIf(event -> event.letter() == 0);
    model.replaceAll((event, place) -> new Place(WAITING, place.failures()));
  }

  /** What the model says this claim holds. */
  private List<EventKey> held(String token) {
    List<EventKey> held = new ArrayList<>();
    model.forEach(
        (event, place) -> {
          if (place.where().equals(token)) {
            held.add(event);
          }
        });
    held.sort(Comparator.comparingLong(EventKey::seq).thenComparing(EventKey::letter));
    return held;
  }

  private Place placed(EventKey event) {
    Place place = model.get(event);
    if (place == null) {
      throw new AssertionError(event + " is done");
    }
    return place;
  }

  private long bounded(long below) {
    return below <= 0 ? 0 : (long) (random.nextDouble() * below);
  }

  private String token(int owner) {
    return "o" + owner + "-" + ++born;
  }

  private static void require(boolean holds, String broken) {
    if (!holds) {
      throw new AssertionError(broken);
    }
  }
}
