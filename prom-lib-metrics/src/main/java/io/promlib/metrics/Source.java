package io.promlib.metrics;

import io.prometheus.client.Counter;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Something that is read on another thread, so that who asks need not wait for it. */
final class Source<T> {
  /*
   * `pending` is the reading that nobody has shown yet. It stays when those who asked gave up: then whoever asks next
   * shows it, late. So at most one thread is at work here, and a source that is always slow is one scrape behind.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Source.class);
  private static final long MOST_AGE_MILLIS = 60_000;

  /** What was read, and when. */
  record Value<T>(T value, long at) {}

  private final String name;
  private final Supplier<T> reader;
  private final Executor threads;
  private final InstantSource clock;
  private final Counter.Child failures;
  private @Nullable CompletableFuture<Value<T>> pending;
  private boolean failing;

  Source(
      String name,
      Supplier<T> reader,
      Executor threads,
      InstantSource clock,
      Counter.Child failures) {
    this.name = name;
    this.reader = reader;
    this.threads = threads;
    this.clock = clock;
    this.failures = failures;
  }

  /** Begins to read, unless that is under way. */
  synchronized Asked<T> ask() {
    CompletableFuture<Value<T>> late = pending;
    if (late != null && !late.isDone()) {
      return new Asked<>(this, late);
    }
    CompletableFuture<Value<T>> begun = new CompletableFuture<>();
    pending = begun;
    try {
      threads.execute(() -> read(begun));
    } catch (RejectedExecutionException closed) {
      begun.completeExceptionally(closed);
    }
    return new Asked<>(this, late != null && isFresh(late) ? late : begun);
  }

  private boolean isFresh(CompletableFuture<Value<T>> done) {
    return !done.isCompletedExceptionally() && clock.millis() - done.join().at() <= MOST_AGE_MILLIS;
  }

  private void read(CompletableFuture<Value<T>> begun) {
    try {
      begun.complete(new Value<>(reader.get(), clock.millis()));
    } catch (RuntimeException | Error e) {
      begun.completeExceptionally(e);
    }
  }

  private Optional<T> take(CompletableFuture<Value<T>> answer) {
    try {
      Value<T> read = answer.getNow(null);
      if (read != null) {
        shown(answer);
        return Optional.of(read.value());
      }
      failed(null);
    } catch (CompletionException e) {
      failed(e.getCause());
    }
    return Optional.empty();
  }

  private synchronized void shown(CompletableFuture<Value<T>> answer) {
    failing = false;
    if (pending == answer) {
      pending = null;
    }
  }

  private synchronized void failed(@Nullable Throwable cause) {
    failures.inc();
    if (!failing) {
      failing = true;
      LOG.warn(
          "a scrape is without the gauges of the {}, which {}; said again only after it was read",
          name,
          cause == null ? "was not read in time" : "could not be read",
          cause);
    }
  }

  /** A reading that may be under way. */
  record Asked<T>(Source<T> source, CompletableFuture<Value<T>> answer) {

    /** What was read by now; empty, and counted as a failure, if nothing was. */
    Optional<T> take() {
      return source.take(answer);
    }
  }
}
