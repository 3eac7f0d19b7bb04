package io.promlib.client;

import io.promlib.bus.PublishException;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** From the gateway's answers to what callers get. */
final class Answers {
  private static final Duration SHORTEST_RETRY = Duration.ofMillis(10);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

  private Answers() {}

  /**
   * The exception that an ERR stands for. A code that this version does not know counts as {@code
   * internal}.
   */
  static ClientException refused(ServerFrame.Err err) {
    Long retryMs = err.retryMs();
    return new ClientException(
        ErrorCode.ofWire(err.code()).orElse(ErrorCode.INTERNAL),
        err.code() + ": " + err.msg(),
        err.temporary(),
        retryMs == null ? null : Duration.ofMillis(Math.max(0, retryMs)));
  }

  /** How long to wait before trying again what was refused: as told, within bounds. */
  static Duration retryAfter(ClientException refusal, Duration unlessTold) {
    Duration told = refusal.retryAfter().orElse(unlessTold);
    if (told.compareTo(SHORTEST_RETRY) < 0) {
      return SHORTEST_RETRY;
    }
    return told.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : told;
  }

  static PublishException unknown(String why, String id, @Nullable Throwable cause) {
    return new PublishException(why + "; publish again with id " + id, List.of(id), cause);
  }

  /** Waits; what it failed with is thrown as it is. */
  static <T> T await(CompletableFuture<T> answer, String what) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException("interrupted while " + what, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException("unexpected failure while " + what, e.getCause());
    }
  }
}
