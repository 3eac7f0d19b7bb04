package io.promlib.bus.internal;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.DeadLetters;
import io.promlib.bus.LimitException;
import io.promlib.event.EventRecord;
import io.promlib.store.Claim;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Page;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Dead letters as an operator sees them. */
final class Letters implements DeadLetters {
  private static final int PAGE = 256;

  private final String topic;
  private final Wiring wiring;
  private final Groups groups;
  private final LetterBox box;

  Letters(String topic, Wiring wiring, Groups groups) {
    this.topic = topic;
    this.wiring = wiring;
    this.groups = groups;
    this.box = new LetterBox(topic, wiring);
  }

  @Override
  public List<DeadLetter> list(long from, int limit) {
    List<DeadLetter> listed = new ArrayList<>();
    Map<String, Optional<GroupState>> states = new HashMap<>();
    long next = from;
    while (listed.size() < limit) {
      Page page =
          wiring.events().read(box.letterTopic(), next, Math.min(PAGE, limit - listed.size()));
      if (page.events().isEmpty()) {
        return listed;
      }
      for (EventRecord event : page.events()) {
        next = event.seq() + 1;
        DeadLetter letter = LetterBox.read(event);
        Optional<GroupState> state =
            states.computeIfAbsent(
                letter.group(), group -> groups.load(key(letter)).map(Versioned::state));
        boolean hidden = state.isPresent() && isRedriven(state.get(), letter);
        if (!hidden) {
          listed.add(letter);
        }
      }
    }
    return listed;
  }

  @Override
  public boolean redrive(String letterId) {
    Optional<EventRecord> event = wiring.events().find(box.letterTopic(), letterId);
    if (event.isEmpty()) {
      return false;
    }
    DeadLetter letter = LetterBox.read(event.get());
    boolean[] entered = new boolean[1];
    long now = wiring.now();
    groups.change(
        key(letter),
        state -> {
          entered[0] = !isRedriven(state, letter);
          if (entered[0] && state.unfinished() >= GroupSteps.MAX_UNFINISHED) {
            throw new LimitException(
                "group "
                    + letter.group()
                    + " has "
                    + GroupSteps.MAX_UNFINISHED
                    + " events unfinished; redrive the letter when some are done");
          }
          return entered[0] ? GroupSteps.enter(state, entry(state, letter, now)) : state;
        });
    GroupRuntime runtime = groups.runtime(key(letter));
    if (runtime != null) {
      runtime.changedOutside();
    }
    return entered[0];
  }

  @Override
  public boolean drop(String letterId) {
    Optional<EventRecord> event = wiring.events().find(box.letterTopic(), letterId);
    if (event.isEmpty()) {
      return false;
    }
    DeadLetter letter = LetterBox.read(event.get());
    Optional<Versioned> group = groups.load(key(letter));
    if (group.isPresent() && isRedriven(group.get().state(), letter)) {
      return false;
    }
    box.delete(letter.seq());
    return true;
  }

  /* The cycle of a second letter must be above that of the first, also when the group was sought in between. */
  private static Unfinished entry(GroupState state, DeadLetter letter, long now) {
    int redrives = Math.max(1, letter.cycle() + 1 - state.seeks());
    int slot = state.slots() == null ? Slots.NONE : Ahead.slot(letter.original());
    return new Unfinished(
        letter.original().seq(), 0, now, false, false, null, letter.seq(), redrives, slot);
  }

  private static boolean isRedriven(GroupState state, DeadLetter letter) {
    for (Claim claim : state.claims()) {
      if (claim.retried().stream().anyMatch(entry -> entry.letter() == letter.seq())) {
        return true;
      }
    }
    return state.waiting().stream().anyMatch(entry -> entry.letter() == letter.seq());
  }

  private GroupKey key(DeadLetter letter) {
    return new GroupKey(topic, letter.group());
  }
}
