package io.promlib.store;

import java.util.List;

/**
 * What one process holds of a group, or of one slot of it.
 *
 * @param owner the process
 * @param token made for this claim: its holder alone may change it
 * @param until epoch milliseconds after which others may take it over
 * @param slot the slot that is claimed; {@link Slots#NONE} in a group that has none, and for the
 *     sign of life by which a process says that it wants slots
 * @param fresh events that have not failed before
 * @param retried events that have, or were handed back
 */
public record Claim(
    String owner, String token, long until, int slot, SeqSet fresh, List<Unfinished> retried) {

  /** A claim in a group without slots. */
  public Claim(String owner, String token, long until, SeqSet fresh, List<Unfinished> retried) {
    this(owner, token, until, Slots.NONE, fresh, retried);
  }

  /** How many events it holds. */
  public long size() {
    return fresh.size() + retried.size();
  }
}
