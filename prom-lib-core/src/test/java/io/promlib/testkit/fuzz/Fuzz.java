package io.promlib.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds a property against inputs: first those that are kept because they found something (the
 * files of {@code corpus/<name>} beside the test's class), then new ones from a seed.
 *
 * <p>{@code -Dprom.fuzz=1000000} sets how many new ones, {@code -Dprom.fuzz.seed=7} the seed. A
 * failure names the seed and the input, made smaller as far as it goes. Every input must also be
 * done with in bounded time and memory: {@value #MOST_SECONDS} s of processor time, and so many
 * bytes allocated as a fixed part and a share per byte of the input allow.
 */
public final class Fuzz {
  private static final int MOST_SECONDS = 5;
  private static final long FREE_BYTES = 64 << 20;
  private static final long BYTES_PER_BYTE = 1000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Makes one input, the same one for the same random numbers. */
  public interface Generator {
    byte[] next(Random random);
  }

  /** What must hold for every input. */
  public interface Property {
    /**
     * Throws if it does not hold.
     *
     * @return whether the input was a good one; a refusal as it should be is false
     */
    boolean check(byte[] input) throws Exception;
  }

  private Fuzz() {}

  /** How many inputs to make: {@code usual}, unless the property {@code prom.fuzz} says. */
  public static int rounds(int usual) {
    return Integer.getInteger("prom.fuzz", usual);
  }

  /** Where random numbers begin: 1, unless the property {@code prom.fuzz.seed} says. */
  public static long seed() {
    return Long.getLong("prom.fuzz.seed", 1L);
  }

  /**
   * Checks what is kept and then {@link #rounds} new inputs. Fails as well if nearly all are good
   * or nearly all are refused, as then they search in one corner only.
   */
  public static void run(
      Class<?> test, String name, int usual, Generator inputs, Property property) {
    Corpus.of(test, name)
        .forEach((file, input) -> checkOne(input, property, "kept as " + name + "/" + file));
    long begun = System.nanoTime();
    long seed = seed();
    int rounds = rounds(usual);
    int good = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] input = inputs.next(new Random(seed * 1_000_003 + round));
      if (checkOne(input, property, "-Dprom.fuzz.seed=" + seed + ", round " + round)) {
        good++;
      }
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    String summary =
        name + ": " + rounds + " inputs, " + good + " good, seed " + seed + ", " + seconds + " s";
    if (rounds > usual) {
      System.out.println("fuzz " + summary);
    }
    assertThat(good).as(summary).isBetween(rounds / 100, rounds - rounds / 100);
  }

  private static boolean checkOne(byte[] input, Property property, String where) {
    try {
      return measured(input, property);
    } catch (Throwable failure) {
      byte[] small = Shrinker.shrink(input, smaller -> fails(smaller, property, failure));
      throw new AssertionError(
          where
              + ": "
              + failure
              + "\ninput of "
              + small.length
              + " bytes, shrunk from "
              + input.length
              + ": "
              + Corpus.shown(small),
          failure);
    }
  }

  private static boolean fails(byte[] input, Property property, Throwable as) {
    @Nullable Throwable found = null;
    try {
      measured(input, property);
    } catch (Throwable failure) {
      found = failure;
    }
    return found != null && found.getClass() == as.getClass();
  }

  private static boolean measured(byte[] input, Property property) throws Exception {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    boolean good = property.check(input);
    long usedCpu = THREADS.getCurrentThreadCpuTime() - cpu;
    long usedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    if (usedCpu > TimeUnit.SECONDS.toNanos(MOST_SECONDS)
        || usedBytes > FREE_BYTES + BYTES_PER_BYTE * input.length) {
      throw new AssertionError(
          "took " + usedCpu + " ns and " + usedBytes + " bytes for " + input.length + " bytes");
    }
    return good;
  }
}
