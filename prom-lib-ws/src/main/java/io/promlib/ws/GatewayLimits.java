package io.promlib.ws;

import java.time.Duration;

/**
 * What clients of a gateway may use. Every limit has a default; {@link Builder} says what each one
 * means.
 */
public final class GatewayLimits {
  /** What a frame may have beyond the largest event: the names around it. */
  static final int FRAME_ROOM = 64 << 10;

  private static final GatewayLimits DEFAULTS = builder().build();

  private final Builder values;

  private GatewayLimits(Builder values) {
    this.values = values;
  }

  public static GatewayLimits defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  int maxEventBytes() {
    return values.maxEventBytes;
  }

  int maxFrameBytes() {
    return values.maxEventBytes + FRAME_ROOM;
  }

  /**
   * What an EVENT may have: an event in the largest PUBLISH, or the bus's own that wraps it, and
   * the names around it.
   */
  int maxEventFrameBytes() {
    return maxFrameBytes() + FRAME_ROOM;
  }

  /** Never so much that a full frame could be taken for one event that is too large. */
  int maxBatchBytes() {
    return Math.min(values.maxBatchBytes, maxEventFrameBytes());
  }

  int openingFrameBytes() {
    return values.openingFrameBytes;
  }

  Duration authTimeout() {
    return values.authTimeout;
  }

  int authAttempts() {
    return values.authAttempts;
  }

  Duration reauthInterval() {
    return values.reauthInterval;
  }

  Duration ackTimeout() {
    return values.ackTimeout;
  }

  int maxInFlight() {
    return values.maxInFlight;
  }

  int maxSubscriptions() {
    return values.maxSubscriptions;
  }

  int publishRate() {
    return values.publishRate;
  }

  int topicRate() {
    return values.topicRate;
  }

  int subscribeRate() {
    return values.subscribeRate;
  }

  int idleRate() {
    return values.idleRate;
  }

  int maxMistakes() {
    return values.maxMistakes;
  }

  int maxPublishesInFlight() {
    return values.maxPublishesInFlight;
  }

  long maxQueuedBytes() {
    return values.maxQueuedBytes;
  }

  Duration stallTimeout() {
    return values.stallTimeout;
  }

  int maxConnections() {
    return values.maxConnections;
  }

  int maxPerAddress() {
    return values.maxPerAddress;
  }

  Duration pingInterval() {
    return values.pingInterval;
  }

  Duration pongTimeout() {
    return values.pongTimeout;
  }

  long inboundBudget() {
    return values.inboundBudget;
  }

  long outboundBudget() {
    return values.outboundBudget;
  }

  private static long ofHeap(int part) {
    return Math.max(4L << 20, Runtime.getRuntime().maxMemory() / part);
  }

  /** Collects the limits; {@link #build()} checks them. */
  public static final class Builder {
    private int maxEventBytes = 1 << 20;
    private int maxBatchBytes = 256 << 10;
    private int openingFrameBytes = 16 << 10;
    private Duration authTimeout = Duration.ofSeconds(10);
    private int authAttempts = 3;
    private Duration reauthInterval = Duration.ofSeconds(5);
    private Duration ackTimeout = Duration.ofSeconds(30);
    private int maxInFlight = 100;
    private int maxSubscriptions = 64;
    private int publishRate = 200;
    private int topicRate = 1000;
    private int subscribeRate = 10;
    private int idleRate = 100;
    private int maxMistakes = 100;
    private int maxPublishesInFlight = 1000;
    private long maxQueuedBytes = 4L << 20;
    private Duration stallTimeout = Duration.ofSeconds(8);
    private int maxConnections = 10_000;
    private int maxPerAddress = 100;
    private Duration pingInterval = Duration.ofSeconds(25);
    private Duration pongTimeout = Duration.ofSeconds(8);
    private long inboundBudget = Math.min(64L << 20, ofHeap(8));
    private long outboundBudget = Math.min(256L << 20, ofHeap(4));

    private Builder() {}

    private Builder(Builder from) {
      maxEventBytes = from.maxEventBytes;
      maxBatchBytes = from.maxBatchBytes;
      openingFrameBytes = from.openingFrameBytes;
      authTimeout = from.authTimeout;
      authAttempts = from.authAttempts;
      reauthInterval = from.reauthInterval;
      ackTimeout = from.ackTimeout;
      maxInFlight = from.maxInFlight;
      maxSubscriptions = from.maxSubscriptions;
      publishRate = from.publishRate;
      topicRate = from.topicRate;
      subscribeRate = from.subscribeRate;
      idleRate = from.idleRate;
      maxMistakes = from.maxMistakes;
      maxPublishesInFlight = from.maxPublishesInFlight;
      maxQueuedBytes = from.maxQueuedBytes;
      stallTimeout = from.stallTimeout;
      maxConnections = from.maxConnections;
      maxPerAddress = from.maxPerAddress;
      pingInterval = from.pingInterval;
      pongTimeout = from.pongTimeout;
      inboundBudget = from.inboundBudget;
      outboundBudget = from.outboundBudget;
    }

    /**
     * The largest payload, default 1 MiB; a frame may have 64 KiB more. An event of this process
     * that is larger, so that its frame would have over 128 KiB more, goes to the dead letters in
     * place of a socket.
     */
    public Builder maxEventBytes(int bytes) {
      maxEventBytes = bytes;
      return this;
    }

    /**
     * Where an EVENTS frame is cut, default 256 KiB, and never more than the frame of the largest
     * event may have; one event always goes into it, as large as it may be.
     */
    public Builder maxBatchBytes(int bytes) {
      maxBatchBytes = bytes;
      return this;
    }

    /** The largest frame of a connection that is not authenticated, default 16 KiB. */
    public Builder openingFrameBytes(int bytes) {
      openingFrameBytes = bytes;
      return this;
    }

    /** How long a connection may take to authenticate, from when it was accepted; default 10 s. */
    public Builder authTimeout(Duration time) {
      authTimeout = time;
      return this;
    }

    /** How many AUTH frames may fail before the connection is closed, default 3. */
    public Builder authAttempts(int attempts) {
      authAttempts = attempts;
      return this;
    }

    /**
     * How often an authenticated connection may send AUTH, default each 5 s; five may come at once.
     */
    public Builder reauthInterval(Duration time) {
      reauthInterval = time;
      return this;
    }

    /**
     * The ack timeout of a subscription that gives none, and the longest that it may give; default
     * 30 s.
     */
    public Builder ackTimeout(Duration time) {
      ackTimeout = time;
      return this;
    }

    /** The most unacked events of a subscription, default 100. */
    public Builder maxInFlight(int events) {
      maxInFlight = events;
      return this;
    }

    /** The most subscriptions of a connection, default 64. */
    public Builder maxSubscriptions(int subscriptions) {
      maxSubscriptions = subscriptions;
      return this;
    }

    /** Publishes a second per connection, default 200; as many may come at once. */
    public Builder publishRate(int perSecond) {
      publishRate = perSecond;
      return this;
    }

    /**
     * Publishes a second per topic over all connections, default 1000; as many may come at once.
     */
    public Builder topicRate(int perSecond) {
      topicRate = perSecond;
      return this;
    }

    /**
     * SUBSCRIBEs a second per connection, default 10; ten times as many may come at once, and never
     * fewer than it may have subscriptions.
     */
    public Builder subscribeRate(int perSecond) {
      subscribeRate = perSecond;
      return this;
    }

    /**
     * Frames a second per connection that neither publish nor settle an event in flight, pings
     * among them; default 100, and ten times as many at once. Who sends more is closed.
     */
    public Builder idleRate(int perSecond) {
      idleRate = perSecond;
      return this;
    }

    /**
     * How many frames of an authenticated connection may be unreadable, default 100 at once and one
     * more each second. Who sends more is closed.
     */
    public Builder maxMistakes(int frames) {
      maxMistakes = frames;
      return this;
    }

    /** The most publishes of a connection that wait for the bus, default 1000. */
    public Builder maxPublishesInFlight(int publishes) {
      maxPublishesInFlight = publishes;
      return this;
    }

    /**
     * The most bytes queued to a connection, default 4 MiB. At a quarter of it the connection's
     * subscriptions pause until half of that is gone.
     */
    public Builder maxQueuedBytes(long bytes) {
      maxQueuedBytes = bytes;
      return this;
    }

    /** How long a paused connection may read nothing before it is cut, default 8 s. */
    public Builder stallTimeout(Duration time) {
      stallTimeout = time;
      return this;
    }

    /** The most connections, default 10 000. */
    public Builder maxConnections(int connections) {
      maxConnections = connections;
      return this;
    }

    /** The most connections from one address, default 100. */
    public Builder maxPerAddress(int connections) {
      maxPerAddress = connections;
      return this;
    }

    /** How often a connection is pinged, default 25 s. */
    public Builder pingInterval(Duration time) {
      pingInterval = time;
      return this;
    }

    /** How long after a ping something must have been received, default 8 s. */
    public Builder pongTimeout(Duration time) {
      pongTimeout = time;
      return this;
    }

    /**
     * The most bytes of frames received and not worked off, over all connections beyond 4 KiB of
     * each; default an eighth of the heap, at most 64 MiB. A quarter more is kept apart for
     * connections that are not authenticated.
     */
    public Builder inboundBudget(long bytes) {
      inboundBudget = bytes;
      return this;
    }

    /**
     * The bytes queued over all connections beyond which every connection with over 16 KiB pauses;
     * default a quarter of the heap, at most 256 MiB.
     */
    public Builder outboundBudget(long bytes) {
      outboundBudget = bytes;
      return this;
    }

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public GatewayLimits build() {
      between("maxEventBytes", maxEventBytes, 1, 1 << 30);
      between("maxBatchBytes", maxBatchBytes, 1024, 1 << 30);
      between("openingFrameBytes", openingFrameBytes, 64, maxEventBytes + FRAME_ROOM);
      between("authTimeout in ms", authTimeout.toMillis(), 1, 3_600_000);
      between("authAttempts", authAttempts, 1, 1000);
      between("reauthInterval in ms", reauthInterval.toMillis(), 1, 3_600_000);
      between("ackTimeout in ms", ackTimeout.toMillis(), 10, Duration.ofHours(12).toMillis());
      between("maxInFlight", maxInFlight, 1, 4000);
      between("maxSubscriptions", maxSubscriptions, 1, 100_000);
      between("publishRate", publishRate, 1, 1_000_000_000);
      between("topicRate", topicRate, 1, 1_000_000_000);
      between("subscribeRate", subscribeRate, 1, 1_000_000);
      between("idleRate", idleRate, 1, 1_000_000);
      between("maxMistakes", maxMistakes, 1, 1_000_000);
      between("maxPublishesInFlight", maxPublishesInFlight, 1, 1_000_000);
      between("maxQueuedBytes", maxQueuedBytes, 1024, 1L << 40);
      between("stallTimeout in ms", stallTimeout.toMillis(), 1, 3_600_000);
      between("maxConnections", maxConnections, 1, 10_000_000);
      between("maxPerAddress", maxPerAddress, 1, 10_000_000);
      between("pingInterval in ms", pingInterval.toMillis(), 1, 86_400_000);
      between("pongTimeout in ms", pongTimeout.toMillis(), 1, 3_600_000);
      between("inboundBudget", inboundBudget, maxEventBytes + FRAME_ROOM, 1L << 40);
      between("outboundBudget", outboundBudget, 1024, 1L << 40);
      return new GatewayLimits(new Builder(this));
    }

    private static void between(String what, long value, long least, long most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            what + " must be from " + least + " to " + most + ", is " + value);
      }
    }
  }
}
