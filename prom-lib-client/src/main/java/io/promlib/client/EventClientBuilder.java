package io.promlib.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.event.Json;
import io.promlib.store.Backoff;
import io.promlib.time.Timing;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Collects what a client needs; {@link #connect()} checks it. */
public final class EventClientBuilder {
  private static final int MIB = 1024 * 1024;

  private final URI gateway;
  private @Nullable Supplier<String> token;
  private @Nullable SSLContext tls;
  private @Nullable Timing timing;
  private Duration requestTimeout = Duration.ofSeconds(15);
  private Duration gracePeriod = Duration.ofSeconds(10);
  private Duration keepAlive = Duration.ofSeconds(30);
  private Backoff reconnect = new Backoff(Duration.ofMillis(250), 2, Duration.ofSeconds(30), 1);
  private int maxPublishes = 1000;
  private int maxEventBytes = MIB;
  private int maxFrameBytes = 2 * MIB;
  private ObjectMapper mapper = Json.mapper();
  private ClientStateListener listener = ClientStateListener.NONE;

  EventClientBuilder(URI gateway) {
    this.gateway = gateway;
  }

  /**
   * Asked for a token before each connection, and when four fifths of the life of a token that
   * expires are over, or a minute before its end if that is later, by this machine's wall clock. It
   * runs on a worker thread of the client and may block up to the request timeout; where it takes
   * longer, or a connection is lost meanwhile, it may be asked by two at once. If it fails or gives
   * null, it is asked again with back-off, and so it is where the gateway refuses the token that
   * replaces another. Where it refuses a connection's first token, it is asked once more at once:
   * two such refusals in a row end the client.
   */
  public EventClientBuilder token(Supplier<String> supplier) {
    token = supplier;
    return this;
  }

  /** The same token for every connection. */
  public EventClientBuilder token(String always) {
    return token(() -> always);
  }

  /** What a {@code wss:} address is trusted by; default the platform's own trust store. */
  public EventClientBuilder tls(SSLContext context) {
    tls = context;
    return this;
  }

  /** The clock, which stays the caller's to close; default one of the client's own. */
  public EventClientBuilder timing(Timing clock) {
    timing = clock;
    return this;
  }

  /**
   * How long a connect, a publish or a subscribe waits for its answer; from 10 ms to 1 h, default
   * 15 s.
   */
  public EventClientBuilder requestTimeout(Duration timeout) {
    requestTimeout = timeout;
    return this;
  }

  /** How long a close waits for running handlers; from 0 to 1 h, default 10 s. */
  public EventClientBuilder gracePeriod(Duration grace) {
    gracePeriod = grace;
    return this;
  }

  /**
   * After so long without a word from the gateway it is pinged, after twice that the connection
   * counts as lost; from 100 ms to 1 h, default 30 s.
   */
  public EventClientBuilder keepAlive(Duration silence) {
    keepAlive = silence;
    return this;
  }

  /**
   * How long to wait before connecting again; default up to 250 ms, doubling with each failure to
   * at most 30 s, the whole of it by chance, so that the clients of one gateway do not come back
   * together.
   */
  public EventClientBuilder reconnect(Backoff wait) {
    reconnect = wait;
    return this;
  }

  /** The most publishes without an answer; from 1 to 100 000, default 1000. */
  public EventClientBuilder maxPublishesInFlight(int publishes) {
    maxPublishes = publishes;
    return this;
  }

  /** The largest payload to publish, encoded; from 1 to 64 MiB, default 1 MiB, as the gateway's. */
  public EventClientBuilder maxEventBytes(int bytes) {
    maxEventBytes = bytes;
    return this;
  }

  /**
   * The largest frame to accept; a larger one ends the connection. From 1 KiB to 128 MiB, default 2
   * MiB.
   */
  public EventClientBuilder maxFrameBytes(int bytes) {
    maxFrameBytes = bytes;
    return this;
  }

  /** What writes and reads payloads; default the library's own. */
  public EventClientBuilder mapper(ObjectMapper json) {
    mapper = json;
    return this;
  }

  public EventClientBuilder onStateChange(ClientStateListener stateListener) {
    listener = stateListener;
    return this;
  }

  /**
   * Connects and waits until the gateway has accepted the token. While it cannot be reached, tries
   * again up to the request timeout.
   *
   * @throws IllegalArgumentException naming the setting that is out of range
   * @throws ClientException if the token was refused twice
   * @throws NoAnswerException if there was no connection in time, or at once if the certificate of
   *     a {@code wss:} address is not trusted or another host's; the client is closed then
   */
  public EventClient connect() {
    DefaultEventClient client = make();
    try {
      return Answers.await(client.connect(), "connecting to " + gateway);
    } catch (NoAnswerException e) {
      client.close();
      throw e;
    }
  }

  /** {@link #connect()}, without waiting. Mistakes in the settings are thrown at once. */
  public CompletableFuture<EventClient> connectAsync() {
    return make().connect();
  }

  private DefaultEventClient make() {
    ClientSettings settings = settings();
    return new DefaultEventClient(
        settings,
        timing == null ? new ClientTiming(Timing.system(), true) : new ClientTiming(timing, false));
  }

  private ClientSettings settings() {
    Supplier<String> supplier = token;
    if (supplier == null) {
      throw new IllegalArgumentException("token is missing: give the builder one, or a supplier");
    }
    return new ClientSettings(
        gateway,
        supplier,
        tls,
        requestTimeout,
        gracePeriod,
        keepAlive,
        reconnect,
        maxPublishes,
        maxEventBytes,
        maxFrameBytes,
        mapper,
        listener);
  }
}
