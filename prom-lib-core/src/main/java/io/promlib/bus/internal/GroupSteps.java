package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

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
   * @param wantsSlots whether it has subscribers that would work on slots
   */
  record Request(int wanted, long first, long tail, boolean wantsSlots) {
    static final Request NOTHING = new Request(0, 0, 0, false);

    Request(int wanted, long first, long tail) {
      this(wanted, first, tail, wanted > 0);
    }
  }

  /**
   * What a step came to.
   *
   * @param retried taken from the waiting list
   * @param fresh never claimed before
   * @param skippedFrom the first position that retention removed before anybody claimed it; 0 if
   *     there is none
   * @param skippedTo the last of them
   * @param records those of the fresh that were read already
   */
  record Taken(
      GroupState state,
      List<Unfinished> retried,
      SeqSet fresh,
      long skippedFrom,
      long skippedTo,
      List<EventRecord> records) {

    /** Nothing is gained. */
    static Taken nothing(GroupState state) {
      return new Taken(state, List.of(), SeqSet.EMPTY, 0, 0, List.of());
    }
  }

  /**
   * Frees what processes held whose claims ran out. A crash counts against every event that was
   * claimed and not done, because nobody can tell which of them it was; see {@link Failures}.
   */
  static GroupState takeOver(GroupState state, String token, Failures failures, long now) {
    if (!Claims.anyRanOut(state, token, now)) {
      return state;
    }
    List<Claim> alive = new ArrayList<>(state.claims().size());
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    for (Claim claim : state.claims()) {
      if (claim.until() > now || claim.token().equals(token)) {
        alive.add(claim);
        continue;
      }
      claim
          .fresh()
          .forEach(
              seq -> waiting.add(failures.crashed(Unfinished.fresh(seq, now, claim.slot()), now)));
      for (Unfinished event : claim.retried()) {
        waiting.add(event.fatal() == null ? failures.crashed(event, now) : event);
      }
    }
    return copy(state, state.next(), alive, waiting);
  }

  /** Whether {@link #claim} would come to anything. */
  static boolean isClaimable(GroupState state, String token, Request request, long now) {
    return mayClaim(state, token, request)
        && (anyTakeable(state, now)
            || state.next() < request.first()
            || (state.next() <= request.tail() && state.unfinished() < MAX_UNFINISHED));
  }

  private static boolean mayClaim(GroupState state, String token, Request request) {
    return request.wanted() > 0 && !(isOrdered(state) && Claims.anyOther(state, token));
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
      return Taken.nothing(renew(state, token, until));
    }
    Claim mine = Claims.find(state, token);
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
            mine == null ? taken : Claims.joined(mine.retried(), taken));
    GroupState claimed = with(state, claim, left, Math.max(next, fresh.last(next - 1) + 1));
    if (!skips) {
      return new Taken(claimed, taken, fresh, 0, 0, List.of());
    }
    long lost = skippedTo - state.next() + 1;
    return new Taken(skipped(claimed, lost), taken, fresh, state.next(), skippedTo, List.of());
  }

  /** Gives everything back, uncounted, and the claims with it. */
  static GroupState release(GroupState state, String token, long now) {
    return Claims.holds(state, token)
        ? give(state, now, claim -> claim.token().equals(token))
        : state;
  }

  /** Gives these claims up, and hands back uncounted what is in them. */
  static GroupState give(GroupState state, long now, Predicate<Claim> which) {
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    List<Claim> kept = new ArrayList<>(state.claims().size());
    for (Claim claim : state.claims()) {
      if (which.test(claim)) {
        Claims.handBack(claim, now, waiting);
      } else {
        kept.add(claim);
      }
    }
    return copy(state, state.next(), kept, waiting);
  }

  static GroupState skipped(GroupState state, long more) {
    return new GroupState(
        state.settings(),
        state.next(),
        state.claims(),
        state.waiting(),
        state.seeks(),
        state.skipped() + more,
        state.seen(),
        state.slots());
  }

  static GroupState seen(GroupState state, long now) {
    return new GroupState(
        state.settings(),
        state.next(),
        state.claims(),
        state.waiting(),
        state.seeks(),
        state.skipped(),
        now,
        state.slots());
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
        state.seen(),
        state.slots() == null ? null : Slots.at(next));
  }

  /** Adds an event to those that wait. */
  static GroupState enter(GroupState state, Unfinished event) {
    List<Unfinished> waiting = new ArrayList<>(state.waiting());
    waiting.add(event);
    return copy(state, state.next(), state.claims(), waiting);
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
    Claim mine = Claims.find(state, token);
    return mine == null
        ? state
        : with(state, Claims.until(mine, until), state.waiting(), state.next());
  }

  /** Puts this process's claim in its place; an empty one is none. */
  private static GroupState with(
      GroupState state, Claim mine, List<Unfinished> waiting, long next) {
    boolean empty = mine.size() == 0;
    List<Claim> claims;
    if (!Claims.anyOther(state, mine.token())) {
      claims = empty ? List.of() : List.of(mine);
    } else {
      claims = new ArrayList<>(state.claims());
      claims.removeIf(claim -> claim.token().equals(mine.token()));
      if (!empty) {
        claims.add(mine);
      }
    }
    return copy(state, next, claims, waiting);
  }

  static GroupState copy(
      GroupState state, long next, List<Claim> claims, List<Unfinished> waiting) {
    return new GroupState(
        state.settings(),
        next,
        claims,
        waiting,
        state.seeks(),
        state.skipped(),
        state.seen(),
        state.slots());
  }
}
