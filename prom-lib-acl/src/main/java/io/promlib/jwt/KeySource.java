package io.promlib.jwt;

/** Where keys come from. Called by many threads at once. */
interface KeySource {

  /**
   * The keys that hold now, the same object as long as they are the same.
   *
   * @throws KeysUnavailableException if there are none that are fresh enough
   */
  KeySet current();

  /** Asked when the current keys lack one: newer keys if it was time to look for any. */
  KeySet renewed();
}
