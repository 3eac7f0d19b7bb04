package io.promlib.bus.internal;

import io.promlib.bus.Isolation;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The gate of the process and those of all other isolations that have subscribers. */
final class Gates {
  /*
   * A member enters its gate, and an unused gate is forgotten, only while the map's entry of the isolation is locked. So
   * a gate that was given out is never forgotten before its member is in it, and no isolation has two gates at once.
   */
  private final Gate process = new Gate(true);
  private final ConcurrentHashMap<Isolation, Gate> others = new ConcurrentHashMap<>();

  /** Makes a member with the gate of its isolation and enters it there; null is the process. */
  Member enter(@Nullable Isolation isolation, Function<Gate, Member> make) {
    if (isolation == null) {
      return entered(process, make);
    }
    for (Isolation known : others.keySet()) {
      others.computeIfPresent(known, (i, gate) -> gate.isUnused() ? null : gate);
    }
    AtomicReference<@Nullable Member> made = new AtomicReference<>();
    others.compute(
        isolation,
        (i, known) -> {
          Gate gate = known == null ? new Gate(false) : known;
          made.set(entered(gate, make));
          return gate;
        });
    return Objects.requireNonNull(made.get());
  }

  private static Member entered(Gate gate, Function<Gate, Member> make) {
    Member member = make.apply(gate);
    gate.enter(member);
    return member;
  }
}
