package io.promlib.store;

/** In which order the events of a group start. */
public enum Ordering {
  /** By position as far as subscribers are free; a retry holds up nothing. */
  NONE,
  /** Events of one key one after another, by position; a retry holds back its key. */
  KEY,
  /** One event at a time over the whole group, by position. */
  TOPIC
}
