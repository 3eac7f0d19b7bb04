package io.promlib.http;

import java.time.Duration;

/**
 * What clients of an HTTP edge may use. Each method returns a changed copy, and checks the value.
 */
public record HttpLimits(
    int maxEventBytes,
    int maxBatchBytes,
    int maxBatchEvents,
    Duration requestTime,
    int publishRate,
    int topicRate,
    int threads,
    long inboundBudget) {

  /**
   * Events of 1 MiB, batches of 8 MiB and 1000 events, 10 s a request, 1000 events a second per
   * address and 1000 per topic (as many at once, so a larger batch than that never passes), 16
   * threads, and 64 MiB of bodies over all requests.
   */
  public static final HttpLimits DEFAULTS =
      new HttpLimits(1 << 20, 8 << 20, 1000, Duration.ofSeconds(10), 1000, 1000, 16, 64L << 20);

  public HttpLimits {
    atLeastOne("maxEventBytes", maxEventBytes);
    atLeastOne("maxBatchBytes", maxBatchBytes);
    atLeastOne("maxBatchEvents", maxBatchEvents);
    atLeastOne("requestTime in ms", requestTime.toMillis());
    atLeastOne("publishRate", publishRate);
    atLeastOne("topicRate", topicRate);
    atLeastOne("threads", threads);
    atLeastOne("inboundBudget", inboundBudget);
  }

  /** The largest payload. */
  public HttpLimits maxEventBytes(int bytes) {
    return new HttpLimits(
        bytes,
        maxBatchBytes,
        maxBatchEvents,
        requestTime,
        publishRate,
        topicRate,
        threads,
        inboundBudget);
  }

  /** The most bytes and events of an NDJSON body. */
  public HttpLimits maxBatch(int bytes, int events) {
    return new HttpLimits(
        maxEventBytes, bytes, events, requestTime, publishRate, topicRate, threads, inboundBudget);
  }

  /** How long a request may take from its first byte to the last one of its answer. */
  public HttpLimits requestTime(Duration time) {
    return new HttpLimits(
        maxEventBytes,
        maxBatchBytes,
        maxBatchEvents,
        time,
        publishRate,
        topicRate,
        threads,
        inboundBudget);
  }

  /** Events a second per address, and per topic. */
  public HttpLimits rates(int perAddress, int perTopic) {
    return new HttpLimits(
        maxEventBytes,
        maxBatchBytes,
        maxBatchEvents,
        requestTime,
        perAddress,
        perTopic,
        threads,
        inboundBudget);
  }

  /** The most requests worked on at once; others wait. */
  public HttpLimits threads(int most) {
    return new HttpLimits(
        maxEventBytes,
        maxBatchBytes,
        maxBatchEvents,
        requestTime,
        publishRate,
        topicRate,
        most,
        inboundBudget);
  }

  /** The most bytes of bodies held at once, over all requests. */
  public HttpLimits inboundBudget(long bytes) {
    return new HttpLimits(
        maxEventBytes,
        maxBatchBytes,
        maxBatchEvents,
        requestTime,
        publishRate,
        topicRate,
        threads,
        bytes);
  }

  private static void atLeastOne(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, is " + value);
    }
  }
}
