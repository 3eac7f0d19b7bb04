package io.promlib.bus.internal;

import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes down what became of one process's events. Each word is said to the place where the event
 * is found, and to no other; an event that the process does not hold any more is passed over, so
 * that it does no harm to write the same once more. What goes to another place keeps the slot of
 * the one it was found in.
 */
final class Settling {
  private final GroupState state;
  private final String owner;
  private final String token;
  private final Delta delta;
  private final Map<EventKey, Delta.Change> changes;
  private final SeqSet doneFresh;
  private final List<Unfinished> nowWaiting = new ArrayList<>();
  private final List<Unfinished> claimedAgain = new ArrayList<>();
  private long lost;

  private Settling(GroupState state, String owner, String token, Delta delta) {
    this.state = state;
    this.owner = owner;
    this.token = token;
    this.delta = delta;
    this.changes = delta.changes();
    this.doneFresh = delta.doneFresh();
  }

  static GroupState settle(GroupState state, String owner, String token, Delta delta) {
    return delta.isEmpty() ? state : new Settling(state, owner, token, delta).settled();
  }

  private GroupState settled() {
    int mine = state.slots() == null ? 0 : Claims.slots(state, token);
    List<Unfinished> waiting = changes.isEmpty() ? state.waiting() : stillWaiting(mine);
    List<Claim> claims = new ArrayList<>(state.claims().size() + 1);
    for (Claim claim : state.claims()) {
      boolean isMine = claim.token().equals(token);
      Claim settled = isMine ? settle(claim) : claim;
      /* An empty claim is none, but where it stands for a slot or for the wish to have one. */
      if (!isMine || state.slots() != null || settled.size() > 0) {
        claims.add(settled);
      }
    }
    if (!claimedAgain.isEmpty() && state.slots() == null) {
      claims.add(new Claim(owner, token, 0, SeqSet.EMPTY, List.copyOf(claimedAgain)));
    }
    GroupState after =
        GroupSteps.copy(state, state.next(), claims, Claims.joined(waiting, nowWaiting));
    return lost == 0 ? after : GroupSteps.skipped(after, lost);
  }

  private List<Unfinished> stillWaiting(int mine) {
    List<Unfinished> kept = new ArrayList<>(state.waiting().size());
    for (Unfinished event : state.waiting()) {
      Delta.Change change = changes.get(EventKey.of(event));
      boolean mayClaim =
          state.slots() == null
              || change == null
              || change.where() != Delta.Where.CLAIM
              || Claims.has(mine, event.slot());
      if (change != null && change.holdsFor(event) && mayClaim) {
        say(change, event.slot(), claimedAgain);
      } else {
        kept.add(event);
      }
    }
    return kept;
  }

  private Claim settle(Claim claim) {
    SeqSet fresh = claim.fresh().minus(doneFresh);
    if (!delta.lostFresh().isEmpty()) {
      lost += claim.fresh().size() - claim.fresh().minus(delta.lostFresh()).size();
    }
    if (changes.isEmpty()) {
      return Claims.with(claim, claim.until(), fresh, claim.retried());
    }
    List<Unfinished> retried = new ArrayList<>();
    for (Unfinished event : claim.retried()) {
      Delta.Change change = changes.get(EventKey.of(event));
      if (change == null) {
        retried.add(event);
      } else {
        say(change, claim.slot(), retried);
      }
    }
    long[] noLongerFresh = new long[changes.size()];
    int count = 0;
    for (Map.Entry<EventKey, Delta.Change> change : changes.entrySet()) {
      EventKey event = change.getKey();
      if (event.letter() == 0 && fresh.contains(event.seq())) {
        noLongerFresh[count++] = event.seq();
        say(change.getValue(), claim.slot(), retried);
      }
    }
    claimedAgain.removeIf(event -> isHere(event, claim.slot(), retried));
    return Claims.with(claim, claim.until(), fresh.minus(SeqSet.of(noLongerFresh, count)), retried);
  }

  private static boolean isHere(Unfinished event, int slot, List<Unfinished> retried) {
    return event.slot() == slot && retried.add(event);
  }

  private void say(Delta.Change change, int slot, List<Unfinished> claimed) {
    Unfinished after = change.after();
    lost += change.where() == Delta.Where.LOST ? 1 : 0;
    if (after != null) {
      Unfinished here = after.in(slot);
      (change.where() == Delta.Where.CLAIM ? claimed : nowWaiting).add(here);
    }
  }
}
