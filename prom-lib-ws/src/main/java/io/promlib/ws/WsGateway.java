package io.promlib.ws;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.store.GroupKey;
import io.promlib.time.Timing;
import io.promlib.wire.Codec;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayView;
import io.promlib.ws.internal.InboundBudget;
import io.promlib.ws.internal.Origins;
import io.promlib.ws.internal.Rates;
import io.promlib.ws.internal.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a bus to remote clients over WebSocket: {@code
 * WsGateway.of(bus).port(8090).auth(authenticator).start()}.
 *
 * <p>Its daemon threads are {@code prom-ws-selector}, one {@code prom-ws-worker-N} for each
 * processor, {@code prom-ws-flush}, up to eight {@code prom-ws-auth-N} while tokens are checked,
 * with TLS two {@code prom-ws-tls-N}, and {@code prom-timer} unless a timing is given; {@link
 * #close()} ends them. The bus stays the host's to close, after the gateway.
 */
public final class WsGateway implements GatewayView, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WsGateway.class);
  private static final int BACKLOG = 1024;
  private static final int LOGIN_THREADS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Server server;
  private final InetSocketAddress address;
  private final ThreadPoolExecutor logins;
  private final Runnable closeTiming;
  private final AtomicBoolean closed = new AtomicBoolean();

  private WsGateway(
      Server server, InetSocketAddress address, ThreadPoolExecutor logins, Runnable closeTiming) {
    this.server = server;
    this.address = address;
    this.logins = logins;
    this.closeTiming = closeTiming;
  }

  /** Begins a gateway for this bus. */
  public static Builder of(EventBus bus) {
    return new Builder(bus);
  }

  /** Where it listens; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return address;
  }

  /** How many connections there are, those that did not finish their handshake among them. */
  public int connections() {
    return server.connections().size();
  }

  @Override
  public Map<GroupKey, Long> inFlight() {
    Map<GroupKey, Long> all = new HashMap<>();
    server.connections().forEach(connection -> connection.addInFlight(all));
    return all;
  }

  /** What frames on their way in and out hold of the budgets. */
  long heldBytes() {
    return server.heldBytes();
  }

  /**
   * Sends every client GOAWAY, hands back what they have leased, uncounted, waiting for that up to
   * 5 s, closes all connections and ends the gateway's threads; each that is stuck, as in an
   * authenticator, is waited for 5 s and left behind. Idempotent, and throws nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    List<Connection> all = List.copyOf(server.connections());
    CompletableFuture<?>[] handedBack = new CompletableFuture<?>[all.size()];
    for (int i = 0; i < handedBack.length; i++) {
      long wait = GoAways.reconnectMillis(i, handedBack.length);
      handedBack[i] = all.get(i).goAway("the gateway is shutting down", wait).toCompletableFuture();
    }
    await(CompletableFuture.allOf(handedBack));
    all.forEach(Connection::handBack);
    server.end();
    logins.shutdownNow();
    closeTiming.run();
  }

  private static void await(CompletableFuture<?> handedBack) {
    try {
      handedBack.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("leases of some connections may not have been handed back", e);
    }
  }

  /** What a gateway is made of; {@link #start()} makes it. */
  public static final class Builder {
    private final EventBus bus;
    private String bind = "127.0.0.1";
    private int port = 8090;
    private String path = "/";
    private @Nullable Authenticator authenticator;
    private GatewayLimits limits = GatewayLimits.defaults();
    private final List<GatewayListener> listeners = new ArrayList<>();
    private Set<String> origins = Set.of();
    private @Nullable SSLContext tls;
    private @Nullable Timing timing;

    private Builder(EventBus bus) {
      this.bus = bus;
    }

    /** Default 8090; 0 takes any free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The address or host name to listen on, default 127.0.0.1; {@code 0.0.0.0} is every one. */
    public Builder bind(String host) {
      bind = host;
      return this;
    }

    /** Where clients connect to, default {@code /}. */
    public Builder path(String only) {
      path = only;
      return this;
    }

    /** Who may do what; it must be given. It may block: it has threads of its own. */
    public Builder auth(Authenticator who) {
      authenticator = who;
      return this;
    }

    public Builder limits(GatewayLimits most) {
      limits = most;
      return this;
    }

    /** Adds one that hears what the gateway does, after those given before. */
    public Builder listener(GatewayListener hears) {
      listeners.add(hears);
      return this;
    }

    /**
     * The origins whose pages may connect, such as {@code https://example.org}. If none is given,
     * those of the host that the gateway is reached by, on any port. Clients that are no browsers
     * send none and may always connect.
     *
     * @throws IllegalArgumentException naming the one that no browser would send
     */
    public Builder origins(Collection<String> allowed) {
      allowed.forEach(Origins::check);
      origins = Set.copyOf(allowed);
      return this;
    }

    /** Speaks TLS only. */
    public Builder tls(SSLContext context) {
      tls = context;
      return this;
    }

    /** The clocks; the gateway does not close them. Default the machine's. */
    public Builder timing(Timing clocks) {
      timing = clocks;
      return this;
    }

    /**
     * Listens, and returns when clients can connect.
     *
     * @throws IllegalStateException if no authenticator was given
     * @throws UncheckedIOException if the address cannot be listened on; the message names it
     */
    public WsGateway start() {
      Authenticator who = authenticator;
      if (who == null) {
        throw new IllegalStateException(
            "a gateway needs an authenticator: call auth(…) before start()");
      }
      ServerSocketChannel listening = listen();
      Timing clocks = timing == null ? Timing.system() : timing;
      ThreadPoolExecutor logins = logins(limits.maxConnections());
      Codec codec = new Codec();
      Shared shared =
          new Shared(
              bus,
              who,
              limits,
              clocks,
              codec,
              new TailFrames(codec),
              List.copyOf(listeners),
              logins,
              new InboundBudget(limits.inboundBudget() / 4),
              new InboundBudget(limits.inboundBudget()),
              new AtomicLong(),
              new Rates(limits.topicRate(), clocks));
      Server server = new Server(listening, shared, new Door(path, new Origins(origins)), tls);
      InetSocketAddress address = (InetSocketAddress) listening.socket().getLocalSocketAddress();
      server.start();
      return new WsGateway(server, address, logins, timing == null ? clocks::close : () -> {});
    }

    private ServerSocketChannel listen() {
      InetSocketAddress asked = new InetSocketAddress(bind, port);
      ServerSocketChannel channel = null;
      try {
        channel = ServerSocketChannel.open();
        channel.socket().setReuseAddress(true);
        return channel.bind(asked, BACKLOG);
      } catch (IOException | RuntimeException e) {
        closeQuietly(channel);
        String why = asked.isUnresolved() ? "there is no such host" : e.getMessage();
        throw new UncheckedIOException(
            "cannot listen on " + bind + ":" + port + ": " + why,
            e instanceof IOException io ? io : new IOException(e));
      }
    }

    private static void closeQuietly(@Nullable ServerSocketChannel channel) {
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        // It was not bound.
      }
    }

    private static ThreadPoolExecutor logins(int most) {
      ThreadPoolExecutor pool =
          new ThreadPoolExecutor(
              LOGIN_THREADS,
              LOGIN_THREADS,
              5,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(most),
              Threads.numbered("prom-ws-auth-"));
      pool.allowCoreThreadTimeOut(true);
      return pool;
    }
  }
}
