package io.promlib.examples.bench;

/** What the publishers hand over: a fresh one for every event, never changed. */
final class Sample {
  private static final int OBJECT = 32;
  private static final int ARRAY_HEADER = 16;

  /** The smallest size that there is. */
  static final int LEAST = OBJECT + ARRAY_HEADER;

  private final int source;
  private final long due;
  private final byte[] body;

  /**
   * One that takes {@code bytes} of heap, its body counted, on a JVM with compressed references.
   *
   * @param source which publisher made it
   * @param due nanoseconds when it was to be published, 0 in a run flat out
   */
  Sample(int bytes, int source, long due) {
    this.source = source;
    this.due = due;
    body = new byte[bytes - LEAST];
  }

  int source() {
    return source;
  }

  long due() {
    return due;
  }

  int size() {
    return LEAST + body.length;
  }
}
