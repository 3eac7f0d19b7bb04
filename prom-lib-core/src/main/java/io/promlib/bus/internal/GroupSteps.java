package io.promlib.bus.internal;

import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The steps on a group's state: pure functions from what was to what is to be written.
 *
 * <p>Invariant: each position below {@code next} is either done or in exactly one place, a claim or
 * the waiting list. A step moves positions between those places, and takes one out only for an
 * event that is done. So the ack floor cannot pass an event that is not, whatever order steps come
 * in; and because every write is a compare-and-set, a crash between any two leaves the state before
 * or after a step, never between.
 */
final class GroupSteps {
  /* Lists are walked by index where a wake-up does it: an iterator each would be a third of what a wake-up allocates. */

  /** A group claims no more while it has so many unfinished. */
  static final int MAX_UNFINISHED = 4000;

  /** Those of one position by the dead letter that they are redriven from. */
  static final Comparator<Unfinished> BY_POSITION =
      Comparator.comparingLong(Unfinished::seq).thenComparingLong(Unfinished::letter);

  private GroupSteps() {}

  /**
   * What a process may take.
   *
   * @param wanted how many events it can start soon
   * @param first the lowest position that the topic holds
   * @param tail the highest
   */
  record Request(int wanted, long first, long tail) {
    static final Request NOTHING = new Request(0, 0, 0);
  }

  /**
   * What a step came to.
   *
   * @param retried taken from the waiting list
   * @param fresh never claimed before
   * @param skippedFrom the first position that retention removed before anybody claimed it; 0 if
   *     there is none
   * @param skippedTo the last of them
   */
  record Taken(
      GroupState state, List<Unfinished> retried, SeqSet fresh, long skippedFrom, long skippedTo) {}

  /** The claim of this token, if it is still there. */
  static boolean holds(GroupState state, String token) {
    return find(state, token) != null;
  }

  static @Nullable Claim find(GroupState state, String token) {
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      if (claims.get(i).token().equals(token)) {
        return claims.get(i);
      }
    }
    return null;
  }

  /** Whether an event is claimed or waiting. */
  static boolean contains(GroupState state, EventKey event) {
    for (Claim claim : state.claims()) {
      if ((event.letter() == 0 && claim.fresh().contains(event.seq()))
          || contains(claim.retried(), event)) {
        return true;
      }
    }
    return contains(state.waiting(), event);
  }

  static boolean contains(List<Unfinished> events, EventKey event) {
    return events.stream().anyMatch(entry -> EventKey.of(entry).equals(event));
  }

  /**
   * Writes down what became of this process's events. An event that it does not hold any more is
   * passed over, so that it does no harm to write the same once more; see {@link Delta.Change}.
   */
  static GroupState settle(GroupState state, String owner, String token, Delta delta) {
    if (delta.isEmpty()) {
      return state;
    }
    Claim mine = find(state, token);
    SeqSet fresh = mine == null ? SeqSet.EMPTY : mine.fresh().minus(delta.doneFresh());
    List<Unfinished> retried = mine == null ? List.of() : mine.retried();
    List<Unfinished> waiting = state.waiting();
    Map<EventKey, Delta.Change> changes = delta.changes();
    long lost = 0;
    if (mine != null && !delta.lostFresh().isEmpty()) {
      lost = mine.fresh().size() - mine.fresh().minus(delta.lostFresh()).size();
    }
    if (!changes.isEmpty()) {
      List<Unfinished> keptRetried = new ArrayList<>();
      List<Unfinished> keptWaiting = new ArrayList<>();
      List<EventKey> held = new ArrayList<>();
      for (Unfinished event : retried) {
        keep(event, changes.containsKey(EventKey.of(event)), keptRetried, held);
      }
      for (Unfinished event : waiting) {
        Delta.Change change = changes.get(EventKey.of(event));
        keep(event, change != null && change.holdsFor(event), keptWaiting, held);
      }
      long[] noLongerFresh = new long[changes.size()];
      int count = 0;
      for (EventKey event : changes.keySet()) {
        if (event.letter() == 0 && fresh.contains(event.seq())) {
          noLongerFresh[count++] = event.seq();
          held.add(event);
        }
      }
      fresh = fresh.minus(SeqSet.of(noLongerFresh, count));
      for (EventKey event : held) {
        Delta.Change change = changes.get(event);
        if (change != null && change.after() != null) {
          (change.where() == Delta.Where.CLAIM ? keptRetried : keptWaiting).add(change.after());
        }
        lost += change != null && change.where() == Delta.Where.LOST ? 1 : 0;
      }
      retried = keptRetried;
      waiting = keptWaiting;
    }
    long until = mine == null ? 0 : mine.until();
    GroupState settled =
        with(state, new Claim(owner, token, until, fresh, retried), waiting, state.next());
    return lost == 0 ? settled : skipped(settled, lost);
  }

  /** Whether some other process's claim ran out. */
  static boolean anyRanOut(GroupState state, String token, long now) {
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      Claim claim = claims.get(i);
      if (claim.until() <= now && !claim.token().equals(token)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Frees what processes held whose claims ran out. A crash counts against every event that was
   * claimed and not done, because nobody can tell which of them it was; see {@link Failures}.
   */
  static GroupState takeOver(GroupState state, String token, Failures failures, long now) {
    if (!anyRanOut(state, token, now)) {
      return state;
    }
    List<Claim> alive = new ArrayList<>(state.claims().size());
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    for (Claim claim : state.claims()) {
      if (claim.until() > now || claim.token().equals(token)) {
        alive.add(claim);
        continue;
      }
      claim.fresh().forEach(seq -> waiting.add(failures.crashed(Unfinished.fresh(seq, now), now)));
      for (Unfinished event : claim.retried()) {
        waiting.add(event.fatal() == null ? failures.crashed(event, now) : event);
      }
    }
    return copy(state, alive, waiting);
  }

  /** Whether {@link #claim} would come to anything. */
  static boolean isClaimable(GroupState state, String token, Request request, long now) {
    return mayClaim(state, token, request)
        && (anyTakeable(state, now)
            || state.next() < request.first()
            || (state.next() <= request.tail() && state.unfinished() < MAX_UNFINISHED));
  }

  private static boolean mayClaim(GroupState state, String token, Request request) {
    boolean heldByAnother = state.claims().size() > (holds(state, token) ? 1 : 0);
    return request.wanted() > 0 && !(isOrdered(state) && heldByAnother);
  }

  /* In order, everything that waits is taken at once, due or not: it holds back what comes after it. */
  private static boolean anyTakeable(GroupState state, long now) {
    List<Unfinished> waiting = state.waiting();
    boolean any = !waiting.isEmpty() && isOrdered(state);
    for (int i = 0; i < waiting.size() && !any; i++) {
      any = waiting.get(i).due() <= now;
    }
    return any;
  }

  private static boolean isOrdered(GroupState state) {
    return state.settings().ordering() != Ordering.NONE;
  }

  /** Claims what is due and what is next, as far as wanted and allowed, until {@code until}. */
  static Taken claim(
      GroupState state, String owner, String token, Request request, long now, long until) {
    if (!mayClaim(state, token, request)) {
      return new Taken(renew(state, token, until), List.of(), SeqSet.EMPTY, 0, 0);
    }
    Claim mine = find(state, token);
    List<Unfinished> taken = List.of();
    List<Unfinished> left = state.waiting();
    if (anyTakeable(state, now)) {
      boolean ordered = isOrdered(state);
      taken = new ArrayList<>();
      left = new ArrayList<>();
      for (Unfinished event : state.waiting()) {
        boolean take = ordered || (event.due() <= now && taken.size() < request.wanted());
        (take ? taken : left).add(event);
      }
      if (ordered) {
        taken.sort(BY_POSITION);
      }
    }
    long skippedTo = request.first() - 1;
    boolean skips = state.next() <= skippedTo;
    long next = skips ? request.first() : state.next();
    long room = Math.min(request.wanted() - taken.size(), MAX_UNFINISHED - state.unfinished());
    long to = Math.min(request.tail(), next + room - 1);
    SeqSet fresh = room > 0 ? SeqSet.range(next, to) : SeqSet.EMPTY;
    Claim claim =
        new Claim(
            owner,
            token,
            until,
            mine == null ? fresh : mine.fresh().plus(fresh),
            mine == null ? taken : joined(mine.retried(), taken));
    GroupState claimed = with(state, claim, left, Math.max(next, fresh.last(next - 1) + 1));
    if (!skips) {
      return new Taken(claimed, taken, fresh, 0, 0);
    }
    long lost = skippedTo - state.next() + 1;
    return new Taken(skipped(claimed, lost), taken, fresh, state.next(), skippedTo);
  }

  /** Gives everything back, uncounted, and the claim with it. */
  static GroupState release(GroupState state, String token, long now) {
    Claim mine = find(state, token);
    if (mine == null) {
      return state;
    }
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    mine.fresh().forEach(seq -> waiting.add(Unfinished.fresh(seq, now)));
    for (Unfinished event : mine.retried()) {
      waiting.add(event.handedBack(Math.max(event.due(), now)));
    }
    List<Claim> others =
        state.claims().stream().filter(claim -> !claim.token().equals(token)).toList();
    return copy(state, others, waiting);
  }

  static GroupState skipped(GroupState state, long more) {
    return new GroupState(
        state.settings(),
        state.next(),
        state.claims(),
        state.waiting(),
        state.seeks(),
        state.skipped() + more,
        state.seen());
  }

  static GroupState seen(GroupState state, long now) {
    return new GroupState(
        state.settings(),
        state.next(),
        state.claims(),
        state.waiting(),
        state.seeks(),
        state.skipped(),
        now);
  }

  /**
   * Moves the group; what it had unfinished is forgotten, but for dead letters that are being
   * redriven.
   */
  static GroupState seek(GroupState state, long next, long now) {
    List<Unfinished> redriven = new ArrayList<>();
    for (Claim claim : state.claims()) {
      claim.retried().stream().filter(event -> event.letter() > 0).forEach(redriven::add);
    }
    state.waiting().stream().filter(event -> event.letter() > 0).forEach(redriven::add);
    redriven.replaceAll(event -> event.handedBack(now));
    return new GroupState(
        state.settings(),
        next,
        List.of(),
        redriven,
        state.seeks() + 1,
        state.skipped(),
        state.seen());
  }

  /** Adds an event to those that wait. */
  static GroupState enter(GroupState state, Unfinished event) {
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    waiting.add(event);
    return copy(state, state.claims(), waiting);
  }

  /**
   * When somebody has to look at the group again although nobody calls, in epoch milliseconds; what
   * was due at {@code looked} does not count.
   */
  static long nextDue(GroupState state, String token, long looked) {
    long next = Long.MAX_VALUE;
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      Claim claim = claims.get(i);
      if (!claim.token().equals(token)) {
        next = Math.min(next, claim.until());
      }
    }
    List<Unfinished> waiting = state.waiting();
    for (int i = 0; i < waiting.size(); i++) {
      Unfinished event = waiting.get(i);
      if (event.due() > looked) {
        next = Math.min(next, event.due());
      }
    }
    return next;
  }

  private static GroupState renew(GroupState state, String token, long until) {
    Claim mine = find(state, token);
    return mine == null
        ? state
        : with(
            state,
            new Claim(mine.owner(), token, until, mine.fresh(), mine.retried()),
            state.waiting(),
            state.next());
  }

  private static void keep(
      Unfinished event, boolean changed, List<Unfinished> kept, List<EventKey> held) {
    if (changed) {
      held.add(EventKey.of(event));
    } else {
      kept.add(event);
    }
  }

  private static List<Unfinished> joined(List<Unfinished> some, List<Unfinished> more) {
    if (some.isEmpty() || more.isEmpty()) {
      return some.isEmpty() ? more : some;
    }
    List<Unfinished> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  /** Puts this process's claim in its place; an empty one is none. */
  private static GroupState with(
      GroupState state, Claim mine, List<Unfinished> waiting, long next) {
    boolean empty = mine.fresh().isEmpty() && mine.retried().isEmpty();
    List<Claim> claims;
    if (state.claims().isEmpty() || (state.claims().size() == 1 && holds(state, mine.token()))) {
      claims = empty ? List.of() : List.of(mine);
    } else {
      claims = new ArrayList<>(state.claims());
      claims.removeIf(claim -> claim.token().equals(mine.token()));
      if (!empty) {
        claims.add(mine);
      }
    }
    return new GroupState(
        state.settings(), next, claims, waiting, state.seeks(), state.skipped(), state.seen());
  }

  private static GroupState copy(GroupState state, List<Claim> claims, List<Unfinished> waiting) {
    return new GroupState(
        state.settings(),
        state.next(),
        claims,
        waiting,
        state.seeks(),
        state.skipped(),
        state.seen());
  }
}
