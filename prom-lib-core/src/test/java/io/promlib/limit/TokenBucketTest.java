package io.promlib.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final BigInteger UNITS = BigInteger.valueOf(1_000_000_000L);

  private final AtomicLong nanos = new AtomicLong(-7);

  @Test
  void itIsFullAtTheStart() {
    TokenBucket bucket = bucket(10, 1);

    assertThat(bucket.tryConsume(10)).isTrue();
    assertThat(bucket.tryConsume(1)).isFalse();
  }

  @Test
  void aRefusalTakesNothing() {
    TokenBucket bucket = bucket(10, 1);

    assertThat(bucket.tryConsume(11)).isFalse();
    assertThat(bucket.tryConsume(10)).isTrue();
  }

  @Test
  void tokensComeBackAtTheRefillRate() {
    TokenBucket bucket = bucket(10, 4);
    bucket.tryConsume(10);

    nanos.addAndGet(249_999_999);
    assertThat(bucket.tryConsume(1)).isFalse();
    nanos.addAndGet(1);
    assertThat(bucket.tryConsume(1)).isTrue();
  }

  @Test
  void itNeverHoldsMoreThanItsCapacity() {
    TokenBucket bucket = bucket(10, TokenBucket.MAX);
    bucket.tryConsume(3);

    nanos.addAndGet(Long.MAX_VALUE);

    assertThat(bucket.tryConsume(10)).isTrue();
    assertThat(bucket.tryConsume(1)).isFalse();
  }

  @Test
  void theDeficitIsTheTimeUntilTheTokensAreThere() {
    TokenBucket bucket = bucket(10, 3);
    assertThat(bucket.deficit(10)).isZero();
    bucket.tryConsume(10);

    assertThat(bucket.deficit(1)).isEqualTo(Duration.ofNanos(333_333_334));
    assertThat(bucket.deficit(3)).isEqualTo(Duration.ofSeconds(1));
    assertThat(bucket.deficit(0)).isZero();
  }

  @Test
  void aClockThatGoesBackwardsBringsNothingAndTakesNothing() {
    TokenBucket bucket = bucket(10, 1);
    bucket.tryConsume(10);

    for (int i = 0; i < 5; i++) {
      nanos.addAndGet(-60_000_000_000L);
      assertThat(bucket.tryConsume(1)).isFalse();
      nanos.addAndGet(60_000_000_000L);
      assertThat(bucket.tryConsume(1)).isFalse();
    }
    nanos.addAndGet(1_000_000_000L);
    assertThat(bucket.tryConsume(1)).isTrue();
  }

  @Test
  void aClockThatPassesTheEndOfItsRangeGoesOn() {
    nanos.set(Long.MAX_VALUE);
    TokenBucket bucket = bucket(1, 1);
    bucket.tryConsume(1);

    nanos.addAndGet(1_000_000_000L);

    assertThat(bucket.tryConsume(1)).isTrue();
  }

  @Test
  void itAgreesWithExactArithmeticWheneverItIsAsked() {
    long seed = 77_001L;
    Random random = new Random(seed);
    for (int run = 0; run < 200; run++) {
      long capacity = 1 + random.nextLong(run % 2 == 0 ? 20 : TokenBucket.MAX);
      long refill = 1 + random.nextLong(run % 3 == 0 ? 20 : TokenBucket.MAX);
      TokenBucket bucket = bucket(capacity, refill);
      BigInteger full = BigInteger.valueOf(capacity).multiply(UNITS);
      BigInteger level = full;
      for (int step = 0; step < 500; step++) {
        long pass = random.nextLong(1L << random.nextInt(1, 45));
        nanos.addAndGet(pass);
        level = level.add(BigInteger.valueOf(pass).multiply(BigInteger.valueOf(refill))).min(full);
        long n = random.nextLong(capacity + 1);
        BigInteger wanted = BigInteger.valueOf(n).multiply(UNITS);
        boolean there = wanted.compareTo(level) <= 0;
        String context = "seed " + seed + ", run " + run + ", step " + step;
        assertThat(bucket.deficit(n).isZero()).as(context).isEqualTo(there);
        assertThat(bucket.tryConsume(n)).as(context).isEqualTo(there);
        level = there ? level.subtract(wanted) : level;
      }
    }
  }

  @Test
  void afterTheDeficitTheTokensAreThereAndNotBefore() {
    long seed = 77_002L;
    Random random = new Random(seed);
    for (int run = 0; run < 5_000; run++) {
      long capacity = 1 + random.nextLong(1000);
      TokenBucket bucket = bucket(capacity, 1 + random.nextLong(5000));
      bucket.tryConsume(capacity);
      long n = 1 + random.nextLong(capacity);
      long wait = bucket.deficit(n).toNanos();
      String context = "seed " + seed + ", run " + run;

      nanos.addAndGet(wait - 1);
      assertThat(bucket.tryConsume(n)).as(context).isFalse();
      nanos.addAndGet(1);
      assertThat(bucket.tryConsume(n)).as(context).isTrue();
    }
  }

  @Test
  void manyThreadsTakeNoMoreThanIsThere() throws InterruptedException {
    TokenBucket bucket = bucket(10_000, 1);
    AtomicLong taken = new AtomicLong();
    CountDownLatch done = new CountDownLatch(4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int i = 0; i < 4; i++) {
        threads.execute(
            () -> {
              for (int n = 0; n < 5_000; n++) {
                taken.addAndGet(bucket.tryConsume(1) ? 1 : 0);
              }
              done.countDown();
            });
      }
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      threads.shutdownNow();
    }
    assertThat(taken).hasValue(10_000);
  }

  @Test
  void theMachinesClockRefillsIt() {
    assertThat(new TokenBucket(2, 1).tryConsume(2)).isTrue();
  }

  @Test
  void badArgumentsAreRefusedByName() {
    assertThatThrownBy(() -> bucket(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("capacity must be from 1 to 1000000000, is 0");
    assertThatThrownBy(() -> bucket(TokenBucket.MAX + 1, 1)).hasMessageContaining("capacity");
    assertThatThrownBy(() -> bucket(1, 0)).hasMessageContaining("refillPerSec must be from 1");
    assertThatThrownBy(() -> bucket(1, TokenBucket.MAX + 1)).hasMessageContaining("refillPerSec");
    assertThatThrownBy(() -> bucket(1, 1).tryConsume(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must not be negative");
    assertThatThrownBy(() -> bucket(5, 1).deficit(6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the capacity is 5");
  }

  private TokenBucket bucket(long capacity, long refillPerSec) {
    return new TokenBucket(capacity, refillPerSec, nanos::get);
  }
}
