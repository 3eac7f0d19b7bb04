package io.promlib.bus.internal;

import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.Slots;
import java.util.HashMap;
import java.util.Map;

/**
 * How the slots of a group lie among the processes that live, seen from one of them.
 *
 * <p>With n processes each is to have 32 / n slots, rounded down or up. One takes free slots up to
 * the lower of the two, and up to the higher as far as nobody needs them to come to the lower; it
 * gives away what others miss and free slots do not make up for. So nothing moves once all have one
 * of the two.
 *
 * @param owned how many this process has
 * @param free how many nobody has
 * @param fewest 32 / n, rounded down
 * @param most 32 / n, rounded up
 * @param missing how many the others lack to the fewest
 * @param wished how many the others lack to the most
 * @param alone whether there is no other
 */
record Balance(int owned, int free, int fewest, int most, int missing, int wished, boolean alone) {

  static Balance of(GroupState state, String token, long now) {
    if (!Claims.anyOther(state, token)) {
      int owned = Integer.bitCount(Claims.slots(state, token));
      return new Balance(owned, Slots.COUNT - owned, Slots.COUNT, Slots.COUNT, 0, 0, true);
    }
    Map<String, Integer> others = new HashMap<>();
    int owned = 0;
    int free = Slots.COUNT;
    for (Claim claim : state.claims()) {
      boolean mine = claim.token().equals(token);
      if (!mine && claim.until() <= now) {
        continue; // about to be taken over
      }
      int slots = claim.slot() == Slots.NONE ? 0 : 1;
      free -= slots;
      if (mine) {
        owned += slots;
      } else {
        others.merge(claim.token(), slots, Integer::sum);
      }
    }
    int processes = others.size() + 1;
    int fewest = Slots.COUNT / processes;
    int most = (Slots.COUNT + processes - 1) / processes;
    int missing = 0;
    int wished = 0;
    for (int theirs : others.values()) {
      missing += Math.max(0, fewest - theirs);
      wished += Math.max(0, most - theirs);
    }
    return new Balance(owned, free, fewest, most, missing, wished, others.isEmpty());
  }

  /** How many free slots this process may take. */
  int mayTake() {
    int needed = Math.min(free, fewest - owned);
    int spare = Math.min(most - owned, free - missing);
    return Math.max(0, Math.max(needed, spare));
  }

  /** How many slots this process should give away; all, if it wants none and there is another. */
  int surplus(boolean wants) {
    if (!wants) {
      return alone ? 0 : owned;
    }
    int needed = Math.min(missing - free, owned - fewest);
    int even = Math.min(wished - free, owned - most);
    return Math.max(0, Math.max(needed, even));
  }
}
