package io.promlib.examples.orders;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Ends the process, as a power cut would, the first time that it comes to a given step. */
final class Crash {
  /** Where it can be told to end. */
  enum Step {
    /** Order and record are written, their transaction is not committed. */
    BEFORE_COMMIT,
    /** Committed, and the caller has no answer. */
    AFTER_COMMIT,
    /** Records are claimed and not published. */
    AFTER_CLAIM,
    /** Published and not marked. */
    AFTER_PUBLISH,
    /** Marked. */
    AFTER_MARK,
    /** The total is written, its transaction is not committed. */
    IN_HANDLER,
    /** Committed, and the event is not acked. */
    BEFORE_ACK;

    /** As on the command line. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Step> of(String word) {
      return Arrays.stream(values()).filter(step -> step.word().equals(word)).findFirst();
    }

    static String words() {
      return Arrays.stream(values()).map(Step::word).collect(Collectors.joining(", "));
    }
  }

  /** As after {@code kill -9}. */
  static final int EXIT_CODE = 137;

  private final @Nullable Step at;

  Crash(@Nullable Step at) {
    this.at = at;
  }

  void reach(Step step) {
    if (step == at) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }
}
