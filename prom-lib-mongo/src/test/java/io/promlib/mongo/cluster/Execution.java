package io.promlib.mongo.cluster;

import org.jspecify.annotations.Nullable;

/** One run of a handler, as the journal tells it; positions are lines of the journal. */
final class Execution {
  private final String who;
  private final long seq;
  private final String id;
  private final String key;
  private final int attempt;
  private final int began;
  private boolean late;
  private int acking = Integer.MAX_VALUE;
  private int acked = Integer.MAX_VALUE;
  private @Nullable String result;
  private int killed = Integer.MAX_VALUE;

  Execution(Note note, int began) {
    who = note.who();
    seq = note.number(2);
    id = note.word(3);
    key = note.word(4);
    attempt = (int) note.number(5);
    this.began = began;
  }

  void late() {
    late = true;
  }

  void acking(int position) {
    acking = position;
  }

  void acked(int position, String how) {
    acked = position;
    result = how;
  }

  void killed(int position) {
    if (result == null) {
      killed = position;
    }
  }

  long seq() {
    return seq;
  }

  String id() {
    return id;
  }

  String key() {
    return key;
  }

  int attempt() {
    return attempt;
  }

  int began() {
    return began;
  }

  /** Whether it came to its ack, durable or not. */
  boolean isDone() {
    return acking < Integer.MAX_VALUE;
  }

  /** Whether its ack was told to be durable before this position. */
  boolean isDurableAt(int position) {
    return "OK".equals(result) && acked < position;
  }

  /** Whether its lease held: not if it began late or its ack was refused. */
  boolean held() {
    return !late && (result == null || result.equals("OK") || result.equals("ALREADY_ACKED"));
  }

  /** Whether it was at work at this position: behind its begin, before its ack and its kill. */
  boolean isAtWork(int position) {
    return began < position && position < Math.min(acking, killed);
  }

  @Override
  public String toString() {
    return "seq %d (%s) by %s, attempt %d, lines %d to %d, acked %d %s"
        .formatted(seq, key, who, attempt, began, acking, acked, result);
  }
}
