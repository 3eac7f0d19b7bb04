package io.promlib.ops;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /readyz}: asks everything that the process needs, all at once, and waits so long. One
 * that still hangs from the last time is not asked again, so each has one thread at most.
 */
final class Readiness implements Endpoint {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  private final Map<String, ReadyCheck> checks;
  private final Map<String, Future<?>> asked = new ConcurrentHashMap<>();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final Duration patience;
  private final ExecutorService threads;

  Readiness(Map<String, ReadyCheck> checks, OpsLimits limits) {
    this.checks = new LinkedHashMap<>(checks);
    this.patience = limits.storeTime();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            checks.size(),
            checks.size(),
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Daemons.numbered("prom-ops-ready-"));
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  private record Found(String name, String trouble) {}

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    ask.requireNoBody();
    ask.query();
    Map<String, Future<?>> answers = new LinkedHashMap<>();
    checks.forEach(
        (name, check) ->
            answers.put(
                name,
                asked.compute(
                    name, (n, last) -> last == null || last.isDone() ? begin(check) : last)));
    long end = System.nanoTime() + patience.toNanos();
    List<Found> found = new ArrayList<>();
    for (Map.Entry<String, Future<?>> answer : answers.entrySet()) {
      found.add(new Found(answer.getKey(), trouble(answer.getKey(), answer.getValue(), end)));
    }
    boolean ready = found.stream().allMatch(one -> one.trouble().isEmpty());
    return Answer.json(
        ready ? 200 : 503,
        out -> {
          out.writeBooleanField("ready", ready);
          out.writeArrayFieldStart("checks");
          for (Found one : found) {
            out.writeStartObject();
            out.writeStringField("name", one.name());
            out.writeBooleanField("ready", one.trouble().isEmpty());
            if (!one.trouble().isEmpty()) {
              out.writeStringField("message", one.trouble());
            }
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  private Future<?> begin(ReadyCheck check) {
    return threads.submit(
        () -> {
          check.check();
          return null;
        });
  }

  /** Empty if it is ready. */
  private String trouble(String name, Future<?> answer, long end) throws IOException {
    try {
      answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      failing.remove(name);
      return "";
    } catch (TimeoutException e) {
      return "does not answer";
    } catch (ExecutionException e) {
      if (failing.add(name)) {
        LOG.warn("{} is not ready; said again only after it was", name, e.getCause());
      }
      return "fails; the log of this process says why";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  void close() {
    threads.shutdownNow();
  }
}
