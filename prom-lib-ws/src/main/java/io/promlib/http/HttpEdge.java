package io.promlib.http;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.time.Timing;
import io.promlib.ws.internal.Origins;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Events over HTTP: {@code HttpEdge.of(bus).port(8081).auth(authenticator).start()}.
 *
 * <p>{@code POST /publish/{topic}} publishes one event (JSON, 1 MiB) or a batch of lines (NDJSON, 8
 * MiB in all): a bad line refuses the whole batch. {@code GET /replay} reads a stretch of a topic,
 * {@code GET /export} streams one of any length, {@code GET /snap/{topic}} and {@code
 * /snap/{topic}/{key}} give the latest by key. {@code GET /healthz} is open. A request whose header
 * lines take longer than 5 s, or that takes longer than 10 s and is no export, loses its
 * connection. {@link HttpLimits} holds all that a client may use; what the JDK's server takes in
 * before it names the client is bounded by system properties of the process, which only the host
 * may set: {@code docs/http-edge.md} lists them.
 *
 * <p>Its threads are {@code prom-http-N}, one for each request at work and virtual from JDK 24 on,
 * the JDK server's dispatcher, and {@code prom-timer} unless a timing is given; {@link #close()}
 * ends them. The bus stays the host's to close.
 */
public final class HttpEdge implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads;
  private final Exchanges exchanges;
  private final Runnable closeTiming;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpEdge(
      HttpServer server, ExecutorService threads, Exchanges exchanges, Runnable closeTiming) {
    this.server = server;
    this.threads = threads;
    this.exchanges = exchanges;
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
      server.stop(exchanges.alive() == 0 ? 0 : 1);
      threads.shutdownNow();
      closeTiming.run();
    }
  }

  /** Requests that have a thread. */
  int requests() {
    return exchanges.alive();
  }

  /** What an edge is made of; {@link #start()} makes it. */
  public static final class Builder {
    private final EventBus bus;
    private final Map<String, Routes.Content> contents = new HashMap<>();
    private String bind = "127.0.0.1";
    private int port = 8081;
    private @Nullable Authenticator authenticator;
    private HttpLimits limits = HttpLimits.defaults();
    private Set<String> origins = Set.of();
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
      return serve(path, contentType, bytes, Map.of());
    }

    /** The same, with more headers, such as {@code Content-Security-Policy} of a page. */
    public Builder serve(
        String path, String contentType, byte[] bytes, Map<String, String> headers) {
      if (!path.startsWith("/") || Routes.isOwn(path)) {
        throw new IllegalArgumentException(
            "a path begins with / and is none of the edge's own, such as /publish/, is " + path);
      }
      contents.put(path, new Routes.Content(contentType, bytes, headers));
      return this;
    }

    /**
     * The origins whose pages may use the edge, such as {@code https://example.org}; their scripts
     * are given what CORS asks for. Default: none but the edge's own host, on any port. A request
     * of another page gets 403.
     *
     * @throws IllegalArgumentException naming one that is no origin
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
      ExecutorService threads = ExchangeThreads.start();
      Exchanges exchanges = new Exchanges(threads, clocks, limits);
      Gatekeeper gatekeeper = new Gatekeeper(who, limits, clocks);
      ReadAccess reads =
          new ReadAccess(
              gatekeeper, new Places("reads", limits.maxReads(), limits.maxReadsPerAddress()));
      ReadAccess exports =
          new ReadAccess(
              gatekeeper,
              new Places("exports", limits.maxExports(), limits.maxExportsPerAddress()));
      server.setExecutor(exchanges);
      server.createContext(
          "/",
          new Routes(
              exchanges,
              new Places("requests", limits.maxRequests(), limits.maxPerAddress()),
              new Pages(new Origins(origins)),
              new PublishHandler(bus, gatekeeper, limits, clocks),
              new ReplayHandler(bus, reads, limits),
              new ExportHandler(bus, exports, exchanges, limits, clocks),
              new SnapHandler(bus, reads, limits),
              contents));
      server.start();
      return new HttpEdge(server, threads, exchanges, timing == null ? clocks::close : () -> {});
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
