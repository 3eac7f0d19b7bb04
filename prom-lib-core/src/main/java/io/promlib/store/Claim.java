package io.promlib.store;

import java.util.List;

/**
 * What one process holds of a group.
 *
 * @param owner the process
 * @param token made for this claim: its holder alone may change it
 * @param until epoch milliseconds after which others may take it over
 * @param fresh events that have not failed before
 * @param retried events that have, or were handed back
 */
public record Claim(
    String owner, String token, long until, SeqSet fresh, List<Unfinished> retried) {

  /** How many events it holds. */
  public long size() {
    return fresh.size() + retried.size();
  }
}
