package io.promlib.mongo.cluster;

import io.promlib.mongo.testing.TestMongo;
import java.time.Duration;

/**
 * How much each test does. The defaults fit an imitation of MongoDB; {@code
 * -Dprom.cluster.full=true} makes them what the bus is held to, on a real server only. Each has a
 * property of its own beside that:
 *
 * <pre>
 * mvn -pl prom-lib-mongo -am test -Dtest='io.promlib.mongo.cluster.*Test' \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dprom.cluster.full=true
 * </pre>
 */
final class Sizes {
  private Sizes() {}

  /** Events that 16 writers append to one topic. */
  static int events() {
    return of("prom.cluster.events", 960, 100_000);
  }

  /** Events appended while one writer's network is slower. */
  static int raced() {
    return of("prom.cluster.raced", 400, 20_000);
  }

  /** Events that four processes of one group share while they are killed. */
  static int consumed() {
    return of("prom.cluster.consumed", 600, 50_000);
  }

  /** How often one of them is killed. */
  static int kills() {
    return of("prom.cluster.kills", 2, 12);
  }

  /** How long a consumer works on one of them: long enough that a kill finds some at work. */
  static Duration work() {
    return Duration.ofMillis(of("prom.cluster.work", 100, 20));
  }

  /** Events appended around an outage of the database. */
  static int outlived() {
    return of("prom.cluster.outlived", 450, 20_000);
  }

  /** How long the database is away. */
  static Duration outage() {
    return Duration.ofSeconds(of("prom.cluster.outage", 3, 20));
  }

  /** How long a test waits for what must come, at most. */
  static Duration patience() {
    return isFull() ? Duration.ofMinutes(10) : Duration.ofMinutes(4);
  }

  private static boolean isFull() {
    return Boolean.getBoolean("prom.cluster.full") && TestMongo.isReal();
  }

  private static int of(String property, int small, int full) {
    return Integer.getInteger(property, isFull() ? full : small);
  }
}
