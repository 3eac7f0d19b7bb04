package io.promlib.http;

import java.time.Duration;

/**
 * What clients of an HTTP edge may use. Every limit has a default; {@link Builder} says what each
 * one means.
 */
public final class HttpLimits {
  /** What an event may have beside its payload: key, headers, tags and their names. */
  static final int META_BYTES = 64 << 10;

  private static final HttpLimits DEFAULTS = builder().build();

  private final Builder values;

  private HttpLimits(Builder values) {
    this.values = values;
  }

  public static HttpLimits defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  int maxEventBytes() {
    return values.maxEventBytes;
  }

  int maxBatchBytes() {
    return values.maxBatchBytes;
  }

  /** No more than a full bucket holds: a larger batch would never pass. */
  int maxBatchEvents() {
    return Math.min(values.maxBatchEvents, Math.min(values.publishRate, values.topicRate));
  }

  Duration headerTime() {
    return values.headerTime;
  }

  Duration requestTime() {
    return values.requestTime;
  }

  int maxOpening() {
    return values.maxOpening;
  }

  int maxRequests() {
    return values.maxRequests;
  }

  int maxPerAddress() {
    return values.maxPerAddress;
  }

  int maxReads() {
    return values.maxReads;
  }

  int maxReadsPerAddress() {
    return values.maxReadsPerAddress;
  }

  int maxAnswerBytes() {
    return values.maxAnswerBytes;
  }

  int maxExports() {
    return values.maxExports;
  }

  int maxExportsPerAddress() {
    return values.maxExportsPerAddress;
  }

  Duration stallTime() {
    return values.stallTime;
  }

  int publishRate() {
    return values.publishRate;
  }

  int topicRate() {
    return values.topicRate;
  }

  int failedLoginRate() {
    return values.failedLoginRate;
  }

  long inboundBudget() {
    return values.inboundBudget;
  }

  /** Collects the limits; {@link #build()} checks them. */
  public static final class Builder {
    private int maxEventBytes = 1 << 20;
    private int maxBatchBytes = 8 << 20;
    private int maxBatchEvents = 1000;
    private Duration headerTime = Duration.ofSeconds(5);
    private Duration requestTime = Duration.ofSeconds(10);
    private int maxOpening = 256;
    private int maxRequests = 256;
    private int maxPerAddress = 64;
    private int maxReads = 16;
    private int maxReadsPerAddress = 8;
    private int maxAnswerBytes = 4 << 20;
    private int maxExports = 8;
    private int maxExportsPerAddress = 4;
    private Duration stallTime = Duration.ofSeconds(10);
    private int publishRate = 1000;
    private int topicRate = 1000;
    private int failedLoginRate = 10;
    private long inboundBudget = 64L << 20;

    private Builder() {}

    private Builder(Builder from) {
      maxEventBytes = from.maxEventBytes;
      maxBatchBytes = from.maxBatchBytes;
      maxBatchEvents = from.maxBatchEvents;
      headerTime = from.headerTime;
      requestTime = from.requestTime;
      maxOpening = from.maxOpening;
      maxRequests = from.maxRequests;
      maxPerAddress = from.maxPerAddress;
      maxReads = from.maxReads;
      maxReadsPerAddress = from.maxReadsPerAddress;
      maxAnswerBytes = from.maxAnswerBytes;
      maxExports = from.maxExports;
      maxExportsPerAddress = from.maxExportsPerAddress;
      stallTime = from.stallTime;
      publishRate = from.publishRate;
      topicRate = from.topicRate;
      failedLoginRate = from.failedLoginRate;
      inboundBudget = from.inboundBudget;
    }

    /** The largest payload, default 1 MiB. What is beside it may have 64 KiB. */
    public Builder maxEventBytes(int bytes) {
      maxEventBytes = bytes;
      return this;
    }

    /** The most bytes of an NDJSON body, default 8 MiB. */
    public Builder maxBatchBytes(int bytes) {
      maxBatchBytes = bytes;
      return this;
    }

    /**
     * The most events of an NDJSON body, default 1000; never more than the two publish rates allow
     * at once.
     */
    public Builder maxBatchEvents(int events) {
      maxBatchEvents = events;
      return this;
    }

    /**
     * How long a request's header lines may take from its first byte, a TLS handshake included;
     * default 5 s. A client that is refused has as long to read the answer.
     */
    public Builder headerTime(Duration time) {
      headerTime = time;
      return this;
    }

    /**
     * How long a request may take from its first byte to the last one of its answer, default 10 s;
     * an export only has to begin.
     */
    public Builder requestTime(Duration time) {
      requestTime = time;
      return this;
    }

    /**
     * The most requests whose header lines are not complete, default 256. One more cuts the one
     * that is at it the longest.
     */
    public Builder maxOpening(int requests) {
      maxOpening = requests;
      return this;
    }

    /** The most requests at work, default 256; more are told to come back. */
    public Builder maxRequests(int requests) {
      maxRequests = requests;
      return this;
    }

    /**
     * The most requests at work from one address, default 64. An IPv6 address counts by its first
     * 64 bits.
     */
    public Builder maxPerAddress(int requests) {
      maxPerAddress = requests;
      return this;
    }

    /** The most replays and snapshots at work, default 16; each holds one answer. */
    public Builder maxReads(int requests) {
      maxReads = requests;
      return this;
    }

    /** The most of them from one address, default 8. */
    public Builder maxReadsPerAddress(int requests) {
      maxReadsPerAddress = requests;
      return this;
    }

    /**
     * How large a replay or a page of a snapshot becomes, default 4 MiB: the event that brings it
     * there is its last, and the client is told where to go on.
     */
    public Builder maxAnswerBytes(int bytes) {
      maxAnswerBytes = bytes;
      return this;
    }

    /** The most exports at work, default 8. */
    public Builder maxExports(int requests) {
      maxExports = requests;
      return this;
    }

    /** The most of them from one address, default 4. */
    public Builder maxExportsPerAddress(int requests) {
      maxExportsPerAddress = requests;
      return this;
    }

    /**
     * How long a client may take for the next 32 KiB of an export, default 10 s. As a whole an
     * export may take any time.
     */
    public Builder stallTime(Duration time) {
      stallTime = time;
      return this;
    }

    /** Events a second of one subject at one address, default 1000; as many may come at once. */
    public Builder publishRate(int perSecond) {
      publishRate = perSecond;
      return this;
    }

    /** Events a second to one topic, default 1000; as many may come at once. */
    public Builder topicRate(int perSecond) {
      topicRate = perSecond;
      return this;
    }

    /**
     * Tokens a second that an address may send in vain, default 10; as many may come at once. After
     * that no token from there is looked at.
     */
    public Builder failedLoginRate(int perSecond) {
      failedLoginRate = perSecond;
      return this;
    }

    /** The most bytes of bodies held at once, over all requests; default 64 MiB. */
    public Builder inboundBudget(long bytes) {
      inboundBudget = bytes;
      return this;
    }

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public HttpLimits build() {
      between("maxEventBytes", maxEventBytes, 1, 1 << 30);
      between("maxBatchBytes", maxBatchBytes, 1, 1 << 30);
      between("maxBatchEvents", maxBatchEvents, 1, 1_000_000);
      between("headerTime in ms", headerTime.toMillis(), 1, 3_600_000);
      between("requestTime in ms", requestTime.toMillis(), headerTime.toMillis(), 3_600_000);
      between("maxOpening", maxOpening, 1, 100_000);
      between("maxRequests", maxRequests, 1, 100_000);
      between("maxPerAddress", maxPerAddress, 1, 100_000);
      between("maxReads", maxReads, 1, 100_000);
      between("maxReadsPerAddress", maxReadsPerAddress, 1, 100_000);
      between("maxAnswerBytes", maxAnswerBytes, 1, 1 << 28);
      between("maxExports", maxExports, 1, 100_000);
      between("maxExportsPerAddress", maxExportsPerAddress, 1, 100_000);
      between("stallTime in ms", stallTime.toMillis(), 1, 3_600_000);
      between("publishRate", publishRate, 1, 1_000_000_000);
      between("topicRate", topicRate, 1, 1_000_000_000);
      between("failedLoginRate", failedLoginRate, 1, 1_000_000_000);
      between("inboundBudget", inboundBudget, 1, 1L << 40);
      return new HttpLimits(new Builder(this));
    }

    private static void between(String what, long value, long least, long most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            what + " must be from " + least + " to " + most + ", is " + value);
      }
    }
  }
}
