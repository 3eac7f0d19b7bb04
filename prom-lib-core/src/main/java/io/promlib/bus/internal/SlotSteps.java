package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.bus.internal.GroupSteps.Taken;
import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a group with slots: pure functions, as {@link GroupSteps}.
 *
 * <p>Invariant: a slot is claimed by one process at most. A position from {@code slots.next(s)} on
 * is unclaimed for slot s; one below it whose event belongs to s is done or in exactly one place:
 * the claim of s, or the waiting list with slot s. A process has, with the same token and the same
 * time to live, a claim without a slot and with nothing in it, its sign of life, and one claim for
 * each slot that it owns, empty or not. A slot that passes to another process leaves all that it
 * holds on the waiting list, and whoever takes the slot takes all of that with it, due or not,
 * before anything later: so within a slot nothing overtakes.
 */
final class SlotSteps {
  private SlotSteps() {}

  /**
   * What was stepped over.
   *
   * @param from the first position; 0 if there is none
   */
  record Skip(GroupState state, long from, long to) {}

  static Slots slots(GroupState state) {
    Slots slots = state.slots();
    if (slots == null) {
      throw new IllegalStateException("a group without slots: " + state);
    }
    return slots;
  }

  /**
   * Moves all slots to the first position that the topic holds. Which of the positions before it
   * belonged to which slot is not known any more; each from the lowest slot on counts as lost once,
   * but for those that somebody claimed: they are accounted for where they are read.
   */
  static Skip skip(GroupState state, long first) {
    Slots slots = slots(state);
    if (slots.lowest() >= first) {
      return new Skip(state, 0, 0);
    }
    long from = Math.max(slots.lowest(), slots.lostTo() + 1);
    SeqSet range = SeqSet.range(from, first - 1);
    long lost = range.size() - unfinishedIn(state, range);
    Slots raised = slots.raised(first).lostTo(Math.max(slots.lostTo(), first - 1));
    GroupState skipped =
        GroupSteps.skipped(moved(state, raised, state.claims(), state.waiting()), lost);
    return lost <= 0 ? new Skip(skipped, 0, 0) : new Skip(skipped, from, first - 1);
  }

  private static long unfinishedIn(GroupState state, SeqSet range) {
    long count = countIn(state.waiting(), range);
    for (Claim claim : state.claims()) {
      count += claim.fresh().size() - claim.fresh().minus(range).size();
      count += countIn(claim.retried(), range);
    }
    return count;
  }

  private static long countIn(List<Unfinished> events, SeqSet range) {
    long count = 0;
    for (int i = 0; i < events.size(); i++) {
      Unfinished event = events.get(i);
      count += event.letter() == 0 && range.contains(event.seq()) ? 1 : 0;
    }
    return count;
  }

  /** Gives these slots of this process up, and hands back uncounted what is in them. */
  static GroupState give(GroupState state, String token, int slots, long now) {
    return slots == 0
        ? state
        : GroupSteps.give(
            state, now, claim -> claim.token().equals(token) && Claims.isOf(claim, slots));
  }

  /**
   * Whether {@link #claim} would come to anything now.
   *
   * @param leaving slots that are about to be given away
   */
  static boolean isClaimable(
      GroupState state, String token, Request request, int leaving, Ahead ahead, long now) {
    int mine = Claims.slots(state, token);
    if (!request.wantsSlots()) {
      return mine == 0 && Claims.holds(state, token);
    }
    Slots slots = slots(state);
    int active = mine & ~leaving;
    return !Claims.holds(state, token)
        || slots.lowest() < request.first()
        || anyWaiting(state.waiting(), active)
        || (request.wanted() > 0
            && state.unfinished() < GroupSteps.MAX_UNFINISHED
            && ahead.isUsable(slots, active))
        || Balance.of(state, token, now).mayTake() > 0;
  }

  private static boolean anyWaiting(List<Unfinished> waiting, int slots) {
    for (int i = 0; i < waiting.size(); i++) {
      if (Claims.has(slots, waiting.get(i).slot())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Renews what this process holds until {@code until}, takes the slots that it may with all that
   * waits in them, and claims from what was read ahead, as far as wanted and allowed. One that
   * wants no slots and has none takes its sign of life away.
   */
  static Taken claim(
      GroupState state,
      String owner,
      String token,
      Request request,
      int leaving,
      Ahead ahead,
      long now,
      long until) {
    int mine = Claims.slots(state, token);
    if (!request.wantsSlots() && mine == 0) {
      return Taken.nothing(
          Claims.holds(state, token) ? GroupSteps.release(state, token, now) : state);
    }
    int taken = request.wantsSlots() ? taken(state, Balance.of(state, token, now).mayTake()) : 0;
    int active = (mine | taken) & ~leaving;
    List<List<Unfinished>> retried = new ArrayList<>(Slots.COUNT);
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      retried.add(List.of());
    }
    List<Unfinished> all = new ArrayList<>();
    List<Unfinished> left = state.waiting();
    if (request.wantsSlots() && anyWaiting(state.waiting(), active)) {
      left = new ArrayList<>();
      for (Unfinished event : state.waiting()) {
        (Claims.has(active, event.slot()) ? all : left).add(event);
      }
      all.sort(GroupSteps.BY_POSITION);
      for (Unfinished event : all) {
        retried.set(event.slot(), Claims.joined(retried.get(event.slot()), List.of(event)));
      }
    }
    long room =
        Math.min(request.wanted() - all.size(), GroupSteps.MAX_UNFINISHED - state.unfinished());
    Ahead.Found found = ahead.find(slots(state), active, Math.max(0, room));
    List<Claim> claims = new ArrayList<>(state.claims().size() + Integer.bitCount(taken) + 1);
    if (!Claims.holds(state, token)) {
      claims.add(new Claim(owner, token, until, Slots.NONE, SeqSet.EMPTY, List.of()));
    }
    for (Claim claim : state.claims()) {
      claims.add(claim.token().equals(token) ? more(claim, until, found, retried) : claim);
    }
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (Claims.has(taken, slot)) {
        claims.add(
            new Claim(owner, token, until, slot, found.fresh().get(slot), retried.get(slot)));
      }
    }
    GroupState claimed = moved(state, found.slots(), claims, left);
    return new Taken(claimed, all, found.all(), 0, 0, found.records());
  }

  private static Claim more(
      Claim claim, long until, Ahead.Found found, List<List<Unfinished>> retried) {
    if (claim.slot() == Slots.NONE) {
      return Claims.until(claim, until);
    }
    return Claims.with(
        claim,
        until,
        claim.fresh().plus(found.fresh().get(claim.slot())),
        Claims.joined(claim.retried(), retried.get(claim.slot())));
  }

  /** So many of the slots that nobody has, the lowest. */
  private static int taken(GroupState state, int count) {
    int free = -1;
    for (Claim claim : state.claims()) {
      free &= claim.slot() == Slots.NONE ? -1 : ~(1 << claim.slot());
    }
    int taken = 0;
    for (int i = 0; i < count; i++) {
      taken |= Integer.lowestOneBit(free & ~taken);
    }
    return taken;
  }

  private static GroupState moved(
      GroupState state, Slots slots, List<Claim> claims, List<Unfinished> waiting) {
    return new GroupState(
        state.settings(),
        slots.lowest(),
        claims,
        waiting,
        state.seeks(),
        state.skipped(),
        state.seen(),
        slots);
  }
}
