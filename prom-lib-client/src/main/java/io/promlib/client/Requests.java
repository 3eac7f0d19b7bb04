package io.promlib.client;

import io.promlib.time.Timing;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Frames of the current connection that wait for their answers; publishes apart, which outlive it.
 * Called under the client's lock; what hangs on an answer runs under it too.
 */
final class Requests {
  private record Request(String what, CompletableFuture<ServerFrame.Ok> answer) {}

  private final Predicate<ClientFrame> out;
  private final Waiting<Request> waiting;
  private long number;

  /** {@code out} sends a frame and tells whether there was a connection to send it over. */
  Requests(Object lock, Timing timing, Duration timeout, Predicate<ClientFrame> out) {
    this.out = out;
    this.waiting =
        new Waiting<>(
            lock,
            timing,
            timeout,
            late ->
                late.answer.completeExceptionally(
                    new NoAnswerException(
                        "no answer to " + late.what + " within " + timeout, null)));
  }

  /**
   * Sends what {@code frame} makes of a {@code corr}. The answer fails with {@link ClientException}
   * or {@link NoAnswerException}.
   */
  CompletableFuture<ServerFrame.Ok> send(String what, Function<String, ClientFrame> frame) {
    String corr = "r" + number++;
    Request request = new Request(what, new CompletableFuture<>());
    waiting.add(corr, request);
    if (!out.test(frame.apply(corr))) {
      waiting.remove(corr);
      request.answer.completeExceptionally(
          new NoAnswerException("not connected, so " + what + " was not sent", null));
    }
    return request.answer;
  }

  /** Sends a frame to which no answer is waited for. */
  void tell(ClientFrame frame) {
    boolean unused = out.test(frame);
  }

  /** Tells whether the answer belongs here. */
  boolean answered(ServerFrame.Ok ok) {
    Request request = waiting.remove(ok.corr());
    return request != null && request.answer.complete(ok);
  }

  /** Tells whether the refusal belongs here. */
  boolean refused(ServerFrame.Err err) {
    Request request = waiting.remove(err.corr());
    return request != null && request.answer.completeExceptionally(Answers.refused(err));
  }

  /** The connection is gone: nothing of this will be answered. */
  void lost() {
    for (Request request : waiting.clear()) {
      request.answer.completeExceptionally(
          new NoAnswerException(
              "the connection was lost before the answer to " + request.what, null));
    }
  }
}
