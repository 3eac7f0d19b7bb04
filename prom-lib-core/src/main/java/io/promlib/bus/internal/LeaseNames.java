package io.promlib.bus.internal;

import org.jspecify.annotations.Nullable;

/** Names the leases of a group's runtime: no other runtime, here or elsewhere, uses the prefix. */
record LeaseNames(String prefix) {

  String of(int number) {
    return prefix + Integer.toUnsignedString(number, 36);
  }

  /** The number of the lease of this name; null if it is no name of ours. */
  @Nullable Integer number(String name) {
    if (!name.startsWith(prefix)) {
      return null;
    }
    try {
      return Integer.parseUnsignedInt(name.substring(prefix.length()), 36);
    } catch (NumberFormatException notOurs) {
      return null;
    }
  }
}
