package io.promlib.ops;

import io.promlib.PromException;
import io.promlib.bus.LimitException;
import io.promlib.bus.UnknownPositionException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the stores, but not for ever: on a few threads of their own, and so long. */
final class Stores {
  private static final Logger LOG = LoggerFactory.getLogger(Stores.class);
  private static final int THREADS = 8;

  private final ExecutorService threads;
  private final Duration patience;

  Stores(OpsLimits limits) {
    patience = limits.storeTime();
    ThreadPoolExecutor some =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(limits.maxRequests()),
            Daemons.numbered("prom-ops-store-"));
    some.allowCoreThreadTimeOut(true);
    threads = some;
  }

  /** Makes the answer; interrupts what does not come in time. */
  Answer ask(Endpoint endpoint, Ask ask) throws IOException, OpsError {
    Future<Answer> answer;
    try {
      answer = threads.submit(() -> endpoint.answer(ask));
    } catch (RejectedExecutionException e) {
      throw OpsError.unavailable("too many requests wait for the store; try again");
    }
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw OpsError.unavailable(
          "the store did not answer within " + patience.toMillis() + " ms; try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } catch (ExecutionException e) {
      throw told(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private static OpsError told(@Nullable Throwable cause) throws IOException {
    if (cause instanceof OpsError error) {
      return error;
    }
    if (cause instanceof IOException io) {
      throw io;
    }
    if (cause instanceof IllegalArgumentException || cause instanceof UnknownPositionException) {
      return OpsError.badRequest(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof LimitException) {
      return OpsError.tooMany(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof PromException) {
      LOG.warn("a store did not answer", cause);
      return OpsError.unavailable("the store did not answer; the log of this process says why");
    }
    LOG.error("a request failed", cause);
    return new OpsError(500, "internal", "the ops server failed at this request; its log says why");
  }

  void close() {
    threads.shutdownNow();
  }
}
