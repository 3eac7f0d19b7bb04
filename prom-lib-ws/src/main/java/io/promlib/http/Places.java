package io.promlib.http;

import java.util.HashMap;
import java.util.Map;

/** Counts requests of one kind at work, in all and per address. */
final class Places {
  private final String what;
  private final int most;
  private final int mostPerAddress;
  private final Map<String, Integer> taken = new HashMap<>();
  private int all;

  /**
   * So many places.
   *
   * @param what names them in a refusal
   */
  Places(String what, int most, int mostPerAddress) {
    this.what = what;
    this.most = most;
    this.mostPerAddress = mostPerAddress;
  }

  /** Takes a place, which {@link #give} gives back. */
  synchronized void take(String address) throws HttpError {
    if (taken.getOrDefault(address, 0) >= mostPerAddress) {
      throw HttpError.later(
          "too_many", "this address has as many " + what + " at work as it may; try again", 1000);
    }
    if (all >= most) {
      throw HttpError.later(
          "too_many", "the edge has as many " + what + " as it may; try again", 1000);
    }
    all++;
    taken.merge(address, 1, Integer::sum);
  }

  synchronized void give(String address) {
    all--;
    taken.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }
}
