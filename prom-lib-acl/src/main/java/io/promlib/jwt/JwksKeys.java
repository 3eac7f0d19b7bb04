package io.promlib.jwt;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of a JWKS, held and fetched again when they are old or lack one. */
final class JwksKeys implements KeySource {

  /*
   * Only the holder of the lock fetches, and writes the two fields; anyone reads them. Before a
   * fetch its time is noted, so whatever asks, how many ask at once, and whether it succeeds, the
   * next one is an interval away. Who finds the lock taken goes on with the keys that are there;
   * only while there are none at all do callers wait for it, and those that waited for a fetch in
   * vain see its time and do not repeat it.
   */

  /** How long the bounds on fetching are. */
  record Bounds(Duration maxAge, Duration interval, Duration maxStale) {}

  private record Held(JwkSet keys, Instant fetchedAt) {}

  private static final Duration FIRST_INTERVAL = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(JwksKeys.class);

  private final JwksEndpoint endpoint;
  private final Bounds bounds;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Held held;
  private volatile @Nullable Instant triedAt;

  JwksKeys(JwksEndpoint endpoint, Bounds bounds, InstantSource clock) {
    this.endpoint = endpoint;
    this.bounds = bounds;
    this.clock = clock;
  }

  @Override
  public KeySet current() {
    Held now = held;
    if (now == null) {
      return first().keys;
    }
    if (isPast(now.fetchedAt, bounds.maxAge)) {
      fetchUnlessOthersDo();
    }
    return fresh();
  }

  @Override
  public KeySet renewed() {
    fetchUnlessOthersDo();
    return fresh();
  }

  private Held first() {
    fetching.lock();
    try {
      if (held == null && isDue(FIRST_INTERVAL)) {
        fetch();
      }
      Held now = held;
      if (now == null) {
        throw unavailable();
      }
      return now;
    } finally {
      fetching.unlock();
    }
  }

  private KeySet fresh() {
    Held now = held;
    if (now == null || now.fetchedAt.plus(bounds.maxStale).isBefore(clock.instant())) {
      throw unavailable();
    }
    return now.keys;
  }

  private void fetchUnlessOthersDo() {
    if (isDue(bounds.interval) && fetching.tryLock()) {
      try {
        if (isDue(bounds.interval)) {
          fetch();
        }
      } finally {
        fetching.unlock();
      }
    }
  }

  private boolean isDue(Duration interval) {
    Instant tried = triedAt;
    return tried == null || isPast(tried, interval);
  }

  // A clock that was set back must not put off the next fetch.
  private boolean isPast(Instant time, Duration interval) {
    Instant now = clock.instant();
    return now.isBefore(time) || !now.isBefore(time.plus(interval));
  }

  private void fetch() {
    Instant now = clock.instant();
    triedAt = now;
    try {
      JwkSet keys = JwkReader.read(endpoint.fetch());
      Held before = held;
      // The same object for the same keys: what was verified with them goes on.
      held = new Held(before != null && before.keys.equals(keys) ? before.keys : keys, now);
    } catch (JwksException e) {
      LOG.warn(
          "the keys could not be fetched, {}: {}",
          held == null ? "and there are none" : "and those from before go on",
          e.getMessage());
    }
  }

  private static KeysUnavailableException unavailable() {
    return new KeysUnavailableException(
        "the token cannot be checked, since the issuer's keys could not be fetched: try again"
            + " later");
  }
}
