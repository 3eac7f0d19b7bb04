package io.promlib.bus.internal;

import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks things up in what the processes of a group hold. */
final class Claims {
  /* Lists are walked by index where a wake-up does it: an iterator each would be a third of what a wake-up allocates. */

  private Claims() {}

  /** Whether this token has a claim, be it a sign of life only. */
  static boolean holds(GroupState state, String token) {
    return find(state, token) != null;
  }

  /** The first claim of this token: in a group without slots, the one it has. */
  static @Nullable Claim find(GroupState state, String token) {
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      if (claims.get(i).token().equals(token)) {
        return claims.get(i);
      }
    }
    return null;
  }

  /** Whether somebody else has a claim. */
  static boolean anyOther(GroupState state, String token) {
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      if (!claims.get(i).token().equals(token)) {
        return true;
      }
    }
    return false;
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

  /** The slots of this token, as a set of bits. */
  static int slots(GroupState state, String token) {
    int slots = 0;
    List<Claim> claims = state.claims();
    for (int i = 0; i < claims.size(); i++) {
      Claim claim = claims.get(i);
      if (claim.slot() != Slots.NONE && claim.token().equals(token)) {
        slots |= 1 << claim.slot();
      }
    }
    return slots;
  }

  static boolean has(int slots, int slot) {
    return slot != Slots.NONE && (slots >>> slot & 1) != 0;
  }

  /** Whether the claim is of one of these slots; one without a slot is of none. */
  static boolean isOf(Claim claim, int slots) {
    return has(slots, claim.slot());
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
    return find(events, event) != null;
  }

  static @Nullable Unfinished find(List<Unfinished> events, EventKey event) {
    for (Unfinished entry : events) {
      if (EventKey.of(entry).equals(event)) {
        return entry;
      }
    }
    return null;
  }

  /** The event as this token's claims have it, if it failed or was handed back before. */
  static @Nullable Unfinished retried(GroupState state, String token, EventKey event) {
    for (Claim claim : state.claims()) {
      Unfinished entry = claim.token().equals(token) ? find(claim.retried(), event) : null;
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  static Claim until(Claim claim, long until) {
    return with(claim, until, claim.fresh(), claim.retried());
  }

  static Claim with(Claim claim, long until, SeqSet fresh, List<Unfinished> retried) {
    return new Claim(claim.owner(), claim.token(), until, claim.slot(), fresh, retried);
  }

  /** What the claim holds, as events that nobody had: uncounted. */
  static void handBack(Claim claim, long now, List<Unfinished> waiting) {
    claim.fresh().forEach(seq -> waiting.add(Unfinished.fresh(seq, now, claim.slot())));
    for (Unfinished event : claim.retried()) {
      waiting.add(event.handedBack(Math.max(event.due(), now)));
    }
  }

  static List<Unfinished> joined(List<Unfinished> some, List<Unfinished> more) {
    if (some.isEmpty() || more.isEmpty()) {
      return some.isEmpty() ? more : some;
    }
    List<Unfinished> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
