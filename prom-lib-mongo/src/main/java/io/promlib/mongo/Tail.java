package io.promlib.mongo;

/**
 * What the next event of a topic builds on: its predecessor's numbers.
 *
 * @param tsMax the highest {@code ts} up to here
 * @param bytes the sizes of all documents up to here, removed ones too
 * @param gone whether the predecessor was removed and only marks the tail
 */
record Tail(long seq, long at, long tsMax, long bytes, boolean gone) {
  static final Tail NONE = new Tail(0, Long.MIN_VALUE, Long.MIN_VALUE, 0, false);
}
