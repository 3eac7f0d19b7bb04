package io.promlib.http;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.time.Timing;
import io.promlib.ws.internal.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Takes events in over HTTP: {@code HttpEdge.of(bus).port(8081).auth(authenticator).start()}.
 *
 * <p>{@code POST /publish/{topic}} publishes one event (JSON, 1 MiB) or a batch of lines (NDJSON, 8
 * MiB in all): a bad line refuses the whole batch. {@code GET /healthz} is open. A request that
 * takes longer than its limit, 10 s, loses its connection.
 *
 * <p>Its daemon threads are {@code prom-http-N}, at most 16, the JDK server's dispatcher, and
 * {@code prom-timer} unless a timing is given; {@link #close()} ends them. The bus stays the host's
 * to close.
 */
public final class HttpEdge implements AutoCloseable {
  private final HttpServer server;
  private final ThreadPoolExecutor pool;
  private final Runnable closeTiming;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpEdge(HttpServer server, ThreadPoolExecutor pool, Runnable closeTiming) {
    this.server = server;
    this.pool = pool;
    this.closeTiming = closeTiming;
  }

  /** Begins an edge for this bus. */
  public static Builder of(EventBus bus) {
    return new Builder(bus);
  }

  /** Where it listens; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /**
   * Waits up to 1 s for requests at work, then closes every connection and ends the threads.
   * Idempotent.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.stop(pool.getActiveCount() == 0 ? 0 : 1);
      pool.shutdownNow();
      closeTiming.run();
    }
  }

  /** What an edge is made of; {@link #start()} makes it. */
  public static final class Builder {
    private final EventBus bus;
    private final Map<String, Routes.Content> contents = new HashMap<>();
    private String bind = "127.0.0.1";
    private int port = 8081;
    private @Nullable Authenticator authenticator;
    private HttpLimits limits = HttpLimits.DEFAULTS;
    private @Nullable SSLContext tls;
    private @Nullable Timing timing;

    private Builder(EventBus bus) {
      this.bus = bus;
    }

    /** Default 8081; 0 takes any free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The address or host name to listen on, default 127.0.0.1; {@code 0.0.0.0} is every one. */
    public Builder bind(String host) {
      bind = host;
      return this;
    }

    /** Who may do what; it must be given. */
    public Builder auth(Authenticator who) {
      authenticator = who;
      return this;
    }

    public Builder limits(HttpLimits most) {
      limits = most;
      return this;
    }

    /** Serves this content to everyone at a path such as {@code /prom-client.mjs}. */
    public Builder serve(String path, String contentType, byte[] bytes) {
      if (!path.startsWith("/") || path.startsWith("/publish/")) {
        throw new IllegalArgumentException(
            "a path begins with / and not with /publish/, is " + path);
      }
      contents.put(path, new Routes.Content(contentType, bytes));
      return this;
    }

    /** Speaks TLS only. */
    public Builder tls(SSLContext context) {
      tls = context;
      return this;
    }

    /** The clocks; the edge does not close them. Default the machine's. */
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
    public HttpEdge start() {
      Authenticator who = authenticator;
      if (who == null) {
        throw new IllegalStateException(
            "an edge needs an authenticator: call auth(…) before start()");
      }
      HttpServer server = listen();
      Timing clocks = timing == null ? Timing.system() : timing;
      ThreadPoolExecutor pool =
          new ThreadPoolExecutor(
              limits.threads(),
              limits.threads(),
              5,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              Threads.numbered("prom-http-"));
      pool.allowCoreThreadTimeOut(true);
      server.setExecutor(new Deadlines(pool, clocks, limits.requestTime()));
      PublishHandler publish = new PublishHandler(bus, new Gatekeeper(who, clocks), limits, clocks);
      server.createContext("/", new Routes(publish, contents));
      server.start();
      return new HttpEdge(server, pool, timing == null ? clocks::close : () -> {});
    }

    private HttpServer listen() {
      InetSocketAddress asked = new InetSocketAddress(bind, port);
      try {
        if (tls == null) {
          return HttpServer.create(asked, 0);
        }
        HttpsServer secure = HttpsServer.create(asked, 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls));
        return secure;
      } catch (IOException | UnresolvedAddressException e) {
        String why = asked.isUnresolved() ? "there is no such host" : e.getMessage();
        throw new UncheckedIOException(
            "cannot listen on " + bind + ":" + port + ": " + why,
            e instanceof IOException io ? io : new IOException(e));
      }
    }
  }
}
