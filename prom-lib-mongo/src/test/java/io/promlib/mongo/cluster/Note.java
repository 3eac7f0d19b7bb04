package io.promlib.mongo.cluster;

import java.util.List;

/**
 * A line of a {@link Journal}.
 *
 * @param who the process that wrote it, another name for each start of one
 */
record Note(Kind kind, String who, List<String> words) {

  /** What happened; behind it the words that go with it. */
  enum Kind {
    /** A publish returned: id, seq. */
    PUBLISHED,
    /** A handler began: group, run, seq, id, key, attempt. */
    BEGAN,
    /** It began when its lease was over: group, run. */
    LATE,
    /** It is about to ack: group, run. */
    ACKING,
    /** The ack is durable, where that was asked for, or refused: group, run, result. */
    ACKED,
    /** Written by the test: this process was killed. */
    KILLED
  }

  static Note of(String line) {
    List<String> words = List.of(line.split(" ", -1));
    return new Note(Kind.valueOf(words.get(0)), words.get(1), words.subList(2, words.size()));
  }

  String word(int index) {
    return words.get(index);
  }

  long number(int index) {
    return Long.parseLong(words.get(index));
  }
}
