package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.bus.internal.GroupSteps.Taken;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Backoff;
import io.promlib.store.Claim;
import io.promlib.store.Filter;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A seeded walk of several owners over the state of a group with slots, beside a naive model of it.
 * The event at a position has no key, so that its slot follows from the position.
 */
final class SlotsWalk {
  private static final int OWNERS = 4;
  private static final long LEASE = 100;

  /** Which event that is not done is in whose hands, and how often it failed. */
  final Map<EventKey, StepsWalk.Place> model = new HashMap<>();

  /** Positions that were claimed at some time since the group began, or was sought. */
  final Set<Long> accounted = new HashSet<>();

  GroupState state;
  long begun;
  long first = 1;
  long tail;
  String lastStep = "none";
  private final Random random;
  private final Failures failures;
  private final String[] tokens = new String[OWNERS];
  private final Ahead[] pages = new Ahead[OWNERS];
  private long now = 1000;
  private long letters;
  private int born;

  SlotsWalk(long seed) {
    random = new Random(seed);
    GroupSettings settings =
        new GroupSettings(
            Ordering.KEY,
            Filter.ALL,
            1 + random.nextInt(4),
            new Backoff(Duration.ofMillis(50), 2, Duration.ofSeconds(1), 0),
            null);
    failures = new Failures(settings, true, () -> 0);
    begun = 1L + random.nextInt(3);
    tail = begun - 1;
    state = GroupState.starting(settings, begun, now);
    for (int i = 0; i < OWNERS; i++) {
      restart(i);
    }
  }

  static int slot(long seq) {
    return Slots.of("e" + seq);
  }

  /** Takes one step; true if it was a seek. */
  boolean step() {
    now += random.nextInt(4) == 0 ? random.nextInt(200) : 0;
    int owner = random.nextInt(OWNERS);
    int dice = random.nextInt(100);
    if (dice < 15) {
      lastStep = "publish";
      tail += random.nextInt(40);
    } else if (dice < 35) {
      read(owner);
    } else if (dice < 60) {
      claim(owner);
    } else if (dice < 75) {
      settle(owner);
    } else if (dice < 82) {
      takeOver(owner);
    } else if (dice < 86) {
      give(owner);
    } else if (dice < 89) {
      release(owner);
    } else if (dice < 92) {
      restart(owner);
    } else if (dice < 95) {
      retention();
    } else if (dice < 98) {
      enter();
    } else {
      seek();
      return true;
    }
    return false;
  }

  /** Where the state has what is not done; fails if an event is in two places. */
  Map<EventKey, StepsWalk.Place> places() {
    Map<EventKey, StepsWalk.Place> places = new HashMap<>();
    for (Claim claim : state.claims()) {
      String where = claim.token() + " " + claim.slot();
      claim.fresh().forEach(seq -> put(places, Unfinished.fresh(seq, 0, claim.slot()), where));
      claim.retried().forEach(event -> put(places, event, where));
      claim.retried().forEach(event -> require(event.slot() == claim.slot(), "slot of " + event));
    }
    state.waiting().forEach(event -> put(places, event, StepsWalk.WAITING));
    return places;
  }

  private static void put(Map<EventKey, StepsWalk.Place> places, Unfinished event, String where) {
    require(event.slot() == slot(event.seq()), event + " is in a slot that is not its own");
    StepsWalk.Place other =
        places.put(EventKey.of(event), new StepsWalk.Place(where, event.failures()));
    require(other == null, event + " is in two places");
  }

  private void read(int owner) {
    Ahead ahead = pages[owner];
    int mine = Claims.slots(state, tokens[owner]);
    int limit = 1 + random.nextInt(30);
    long from = ahead.readsFrom(SlotSteps.slots(state), mine, tail);
    lastStep = "read from " + from + " by " + tokens[owner];
    if (from > 0 && state.next() >= first) {
      List<EventRecord> page = new ArrayList<>();
      for (long seq = Math.max(from, first); seq <= tail && page.size() < limit; seq++) {
        page.add(new EventRecord("e" + seq, seq, 0, 0, "t", Payload.NULL, EventMeta.NONE));
      }
      long last = page.isEmpty() ? first - 1 : page.get(page.size() - 1).seq();
      ahead.read(from, last, page);
    }
  }

  private void claim(int owner) {
    String token = tokens[owner];
    Request request = new Request(random.nextInt(12), first, tail, random.nextInt(10) > 0);
    lastStep = "claim of " + request + " by " + token;
    SlotSteps.Skip skip = SlotSteps.skip(state, first);
    int leaving = random.nextInt(3) == 0 ? random.nextInt() : 0;
    Taken taken =
        SlotSteps.claim(skip.state(), "o", token, request, leaving, pages[owner], now, now + LEASE);
    state = taken.state();
    int mine = Claims.slots(state, token);
    pages[owner].keep(mine);
    for (Unfinished event : taken.retried()) {
      StepsWalk.Place was = model.get(EventKey.of(event));
      require(was != null && was.where().equals(StepsWalk.WAITING), "took what did not wait");
      model.put(
          EventKey.of(event), new StepsWalk.Place(token + " " + event.slot(), was.failures()));
    }
    taken
        .fresh()
        .forEach(
            seq -> {
              require(Claims.has(mine, slot(seq)), "claimed of a slot that it has not: " + seq);
              require(accounted.add(seq), "claimed twice: " + seq);
              model.put(new EventKey(seq, 0), new StepsWalk.Place(token + " " + slot(seq), 0));
            });
    require(taken.fresh().size() <= request.wanted(), "claimed more than it wanted");
    require(taken.records().size() == taken.fresh().size(), "records of what was claimed");
  }

  private void settle(int owner) {
    String token = tokens[owner];
    lastStep = "settle by " + token;
    Delta delta = new Delta();
    model.replaceAll(
        (event, place) -> {
          if (!place.where().startsWith(token + " ")) {
            return place;
          }
          int failed = place.failures() + 1;
          Unfinished entry =
              new Unfinished(
                  event.seq(), failed, now, false, false, null, event.letter(), 1, Slots.NONE);
          return switch (random.nextInt(4)) {
            case 0 -> {
              delta.done(event);
              yield new StepsWalk.Place("done", 0);
            }
            case 1 -> {
              delta.claimed(entry);
              yield new StepsWalk.Place(place.where(), failed);
            }
            case 2 -> {
              delta.waiting(entry);
              yield new StepsWalk.Place(StepsWalk.WAITING, failed);
            }
            default -> place;
          };
        });
    state = Settling.settle(state, "o", token, delta);
    model.values().removeIf(place -> place.where().equals("done"));
  }

  private void takeOver(int owner) {
    lastStep = "take-over by " + tokens[owner];
    Set<String> dead = new HashSet<>();
    for (Claim claim : state.claims()) {
      if (claim.until() <= now && !claim.token().equals(tokens[owner])) {
        dead.add(claim.token() + " " + claim.slot());
      }
    }
    state = GroupSteps.takeOver(state, tokens[owner], failures, now);
    model.replaceAll(
        (event, place) ->
            dead.contains(place.where())
                ? new StepsWalk.Place(StepsWalk.WAITING, place.failures() + 1)
                : place);
  }

  private void give(int owner) {
    int slots = random.nextInt();
    lastStep = "give of " + Integer.toBinaryString(slots) + " by " + tokens[owner];
    state = SlotSteps.give(state, tokens[owner], slots, now);
    handBack(owner, slots);
  }

  private void release(int owner) {
    lastStep = "release by " + tokens[owner];
    state = GroupSteps.release(state, tokens[owner], now);
    require(!Claims.holds(state, tokens[owner]), "a sign of life is left");
    handBack(owner, -1);
  }

  private void handBack(int owner, int slots) {
    pages[owner].keep(Claims.slots(state, tokens[owner]));
    model.replaceAll(
        (event, place) ->
            place.where().startsWith(tokens[owner] + " ") && Claims.has(slots, slot(event.seq()))
                ? new StepsWalk.Place(StepsWalk.WAITING, place.failures())
                : place);
  }

  private void restart(int owner) {
    lastStep = "restart";
    tokens[owner] = "o" + owner + "-" + ++born;
    pages[owner] = new Ahead();
  }

  private void retention() {
    lastStep = "retention";
    first = Math.min(tail + 1, first + random.nextInt(20));
  }

  private void enter() {
    lastStep = "redrive";
    long floor = state.floor();
    if (floor > 0) {
      long seq = 1L + random.nextInt((int) floor);
      Unfinished entry = new Unfinished(seq, 0, now, false, false, null, ++letters, 1, slot(seq));
      state = GroupSteps.enter(state, entry);
      model.put(EventKey.of(entry), new StepsWalk.Place(StepsWalk.WAITING, 0));
    }
  }

  private void seek() {
    begun = first + random.nextInt((int) (tail + 2 - first));
    lastStep = "seek to " + begun;
    state = GroupSteps.seek(state, begun, now);
    accounted.clear();
    for (Ahead page : pages) {
      page.clear();
    }
    model.keySet().removeIf(event -> event.letter() == 0);
    model.replaceAll((event, place) -> new StepsWalk.Place(StepsWalk.WAITING, place.failures()));
  }

  // ---------------------------------------------------------------- sharing

  /** So many processes come one after another, and look a few times in any order. */
  void settleDown(int processes) {
    for (int joined = 1; joined <= processes; joined++) {
      for (int i = 0; i < 3; i++) {
        movesOf(joined);
      }
    }
  }

  /** Each looks once, in any order; tells how many slots moved. */
  int movesOf(int processes) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      names.add(random.nextInt(names.size() + 1), "p" + i);
    }
    int moved = 0;
    for (String name : names) {
      int before = Claims.slots(state, name);
      int surplus = Balance.of(state, name, now).surplus(true);
      int giving = 0;
      for (int i = 0; i < surplus; i++) {
        giving |= Integer.highestOneBit(before & ~giving);
      }
      state = SlotSteps.give(state, name, giving, now);
      Request request = new Request(0, 1, 0, true);
      state = SlotSteps.claim(state, name, name, request, 0, new Ahead(), now, now + LEASE).state();
      moved += Integer.bitCount(before ^ Claims.slots(state, name));
    }
    return moved;
  }

  private static void require(boolean holds, String broken) {
    if (!holds) {
      throw new AssertionError(broken);
    }
  }
}
