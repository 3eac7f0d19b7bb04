package io.promlib.ops;

import java.time.Duration;

/**
 * What clients of an ops server may use, and how much it keeps. Immutable; each method returns a
 * changed copy.
 *
 * @param maxRequests the most requests at work that ask the stores, default 64; as many of {@code
 *     /readyz}, and as many of all else, which are answered while a store hangs; and the most whose
 *     header lines are not complete: one more of those cuts the one that is at it the longest
 * @param maxPerAddress the most of each of these at work from one address, default 32
 * @param headerTime how long header lines may take from a request's first byte, default 5 s
 * @param requestTime how long a request may take as a whole, default 10 s
 * @param storeTime how long an answer waits for the stores, default 5 s; then it is a 503
 * @param failedLoginRate tokens a second that an address may send in vain, default 10; as many may
 *     come at once, after that no token from there is looked at
 * @param maxAnswerBytes how large a list with payloads becomes, default 1 MiB: the entry that
 *     brings it there is its last, and {@code next} says where to go on
 * @param maxTracked of how many topics, and of how many groups, the last minutes are kept, default
 *     10 000 each; further ones are listed without
 * @param sampleEvery how often those are looked at, default 5 s
 */
public record OpsLimits(
    int maxRequests,
    int maxPerAddress,
    Duration headerTime,
    Duration requestTime,
    Duration storeTime,
    int failedLoginRate,
    int maxAnswerBytes,
    int maxTracked,
    Duration sampleEvery) {
  private static final OpsLimits DEFAULTS =
      new OpsLimits(
          64,
          32,
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          10,
          1 << 20,
          10_000,
          Duration.ofSeconds(5));

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException naming the one that is out of range
   */
  public OpsLimits {
    between("maxRequests", maxRequests, 1, 10_000);
    between("maxPerAddress", maxPerAddress, 1, 10_000);
    between("headerTime in ms", headerTime.toMillis(), 1, 3_600_000);
    between("requestTime in ms", requestTime.toMillis(), headerTime.toMillis(), 3_600_000);
    between("storeTime in ms", storeTime.toMillis(), 1, requestTime.toMillis());
    between("failedLoginRate", failedLoginRate, 1, 1_000_000_000);
    between("maxAnswerBytes", maxAnswerBytes, 1, 1 << 28);
    between("maxTracked", maxTracked, 0, 1_000_000);
    between("sampleEvery in ms", sampleEvery.toMillis(), 100, 3_600_000);
  }

  public static OpsLimits defaults() {
    return DEFAULTS;
  }

  public OpsLimits maxRequests(int requests) {
    return new OpsLimits(
        requests,
        maxPerAddress,
        headerTime,
        requestTime,
        storeTime,
        failedLoginRate,
        maxAnswerBytes,
        maxTracked,
        sampleEvery);
  }

  public OpsLimits maxPerAddress(int requests) {
    return new OpsLimits(
        maxRequests,
        requests,
        headerTime,
        requestTime,
        storeTime,
        failedLoginRate,
        maxAnswerBytes,
        maxTracked,
        sampleEvery);
  }

  /** The three times, each at most the next but one: header and store fit into the request's. */
  public OpsLimits times(Duration header, Duration request, Duration store) {
    return new OpsLimits(
        maxRequests,
        maxPerAddress,
        header,
        request,
        store,
        failedLoginRate,
        maxAnswerBytes,
        maxTracked,
        sampleEvery);
  }

  public OpsLimits failedLoginRate(int perSecond) {
    return new OpsLimits(
        maxRequests,
        maxPerAddress,
        headerTime,
        requestTime,
        storeTime,
        perSecond,
        maxAnswerBytes,
        maxTracked,
        sampleEvery);
  }

  public OpsLimits maxAnswerBytes(int bytes) {
    return new OpsLimits(
        maxRequests,
        maxPerAddress,
        headerTime,
        requestTime,
        storeTime,
        failedLoginRate,
        bytes,
        maxTracked,
        sampleEvery);
  }

  public OpsLimits maxTracked(int groups) {
    return new OpsLimits(
        maxRequests,
        maxPerAddress,
        headerTime,
        requestTime,
        storeTime,
        failedLoginRate,
        maxAnswerBytes,
        groups,
        sampleEvery);
  }

  public OpsLimits sampleEvery(Duration interval) {
    return new OpsLimits(
        maxRequests,
        maxPerAddress,
        headerTime,
        requestTime,
        storeTime,
        failedLoginRate,
        maxAnswerBytes,
        maxTracked,
        interval);
  }

  private static void between(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " must be from " + least + " to " + most + ", is " + value);
    }
  }
}
