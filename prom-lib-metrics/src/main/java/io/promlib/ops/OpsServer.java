package io.promlib.ops;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.promlib.acl.Authenticator;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.EventBus;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxStatus;
import io.promlib.time.Timing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of a bus, and does: a page at {@code /}, the same as JSON, metrics,
 * liveness and readiness. {@code OpsServer.of(bus).port(8082).auth(authenticator).start()}.
 *
 * <p>On a loopback address reading is open to everyone who can reach it, unless that is turned off,
 * under the host names of that address only; anywhere else everything but {@code /healthz} and the
 * page's own files asks for a token, which needs {@code subscribe} on the topic that is read, and
 * {@code subscribe:**} for what shows something of all. Actions (redriving or dropping a dead
 * letter, seeking or deleting a group, requeuing or dropping an outbox record) are off unless
 * turned on, and ask everywhere for a token that allows {@code *} on the topic.
 *
 * <p>Its threads are {@code prom-ops-N}, {@code prom-ops-store-N}, {@code prom-ops-count-N}, {@code
 * prom-ops-ready-N}, {@code prom-ops-sampler-1}, the JDK server's dispatcher, and {@code
 * prom-timer} unless a timing is given; all are bounded by {@link OpsLimits}, and {@link #close()}
 * ends them. The bus stays the host's to close.
 */
public final class OpsServer implements AutoCloseable {
  private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

  private final HttpServer server;
  private final List<Runnable> closing;
  private final AtomicBoolean closed = new AtomicBoolean();

  private OpsServer(HttpServer server, List<Runnable> closing) {
    this.server = server;
    this.closing = closing;
  }

  /** Begins an ops server for this bus. */
  public static Builder of(EventBus bus) {
    return new Builder(bus);
  }

  /** Where it listens; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Closes every connection and ends the threads. Idempotent. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.stop(0);
      closing.forEach(Runnable::run);
    }
  }

  /** What an ops server is made of; {@link #start()} makes it. */
  public static final class Builder {
    private final EventBus bus;
    private final Map<String, ReadyCheck> checks = new LinkedHashMap<>();
    private final Set<String> hosts = new LinkedHashSet<>();
    private String bind = "127.0.0.1";
    private int port = 8082;
    private boolean actions;
    private boolean openReads = true;
    private OpsLimits limits = OpsLimits.defaults();
    private @Nullable Authenticator authenticator;
    private @Nullable PrometheusMetrics metrics;
    private @Nullable OutboxAdmin outbox;
    private @Nullable ConnectedClients clients;
    private @Nullable SSLContext tls;
    private @Nullable Timing timing;

    private Builder(EventBus bus) {
      this.bus = bus;
    }

    /** Default 8082; 0 takes any free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The address or host name to listen on, default 127.0.0.1; {@code 0.0.0.0} is every one. */
    public Builder bind(String host) {
      bind = host;
      return this;
    }

    /** Who may do what; must be given unless it is on loopback, reads are open and actions off. */
    public Builder auth(Authenticator who) {
      authenticator = who;
      return this;
    }

    /** Serves {@code /metrics}. */
    public Builder metrics(PrometheusMetrics of) {
      metrics = of;
      return this;
    }

    /** Shows this outbox, asks it for readiness, and lets what rests in it be requeued. */
    public Builder outbox(OutboxAdmin of) {
      outbox = of;
      return this;
    }

    /** Shows who is connected. */
    public Builder clients(ConnectedClients of) {
      clients = of;
      return this;
    }

    /** Whether things may be changed; default not. */
    public Builder actions(boolean on) {
      actions = on;
      return this;
    }

    /**
     * Whether everyone who reaches a loopback address may read; default yes. Behind a proxy on this
     * machine that is everyone who reaches the proxy: turn it off, and reads ask for a token.
     */
    public Builder openReads(boolean on) {
      openReads = on;
      return this;
    }

    /** Asks this, too, whether the process is ready; the name is shown. */
    public Builder ready(String name, ReadyCheck check) {
      if (name.isBlank() || checks.putIfAbsent(name, check) != null) {
        throw new IllegalArgumentException(
            "a check has a name of its own; blank or given twice: '" + name + "'");
      }
      return this;
    }

    /**
     * The host names by which it may be asked for, such as {@code ops.example.org}, beside those of
     * loopback. Without any, on another address than loopback every name is taken.
     */
    public Builder hosts(Collection<String> names) {
      for (String name : names) {
        if (!name.matches("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]")) {
          throw new IllegalArgumentException(
              "a host name has no scheme and no port, IPv6 brackets; is '" + name + "'");
        }
        hosts.add(name.toLowerCase(Locale.ROOT));
      }
      return this;
    }

    public Builder limits(OpsLimits most) {
      limits = most;
      return this;
    }

    /** Speaks TLS only. */
    public Builder tls(SSLContext context) {
      tls = context;
      return this;
    }

    /** The clocks; the server does not close them. Default the machine's. */
    public Builder timing(Timing clocks) {
      timing = clocks;
      return this;
    }

    /**
     * Listens, and returns when clients can connect.
     *
     * @throws IllegalStateException if no authenticator was given where one is needed
     * @throws UncheckedIOException if the address cannot be listened on; the message names it
     */
    public OpsServer start() {
      HttpServer server = listen();
      boolean loopback = server.getAddress().getAddress().isLoopbackAddress();
      boolean open = loopback && openReads;
      if (authenticator == null && (actions || !open)) {
        server.stop(0);
        throw new IllegalStateException(
            "an ops server with actions, without open reads, or on another address than loopback"
                + " needs an authenticator: call auth(…) before start()");
      }
      Timing clocks = timing == null ? Timing.system() : timing;
      BusAdmin admin = bus.admin();
      Tracks tracks = new Tracks(limits.maxTracked());
      Exchanges exchanges = new Exchanges(clocks, limits);
      Stores stores = new Stores(limits);
      Readiness readiness = new Readiness(allChecks(admin), limits);
      Extents extents = new Extents(admin, clocks, limits);
      Sampler sampler = new Sampler(admin, tracks, clocks, limits);
      server.setExecutor(exchanges);
      server.createContext(
          "/",
          new Routes(
              exchanges,
              limits,
              new Gate(authenticator, open, allowedHosts(loopback), limits, clocks),
              stores,
              Files.all(),
              endpoints(admin, extents, tracks, clocks),
              readiness,
              actions));
      server.start();
      sampler.start();
      return new OpsServer(
          server,
          List.of(
              sampler::close,
              exchanges::close,
              stores::close,
              extents::close,
              readiness::close,
              timing == null ? clocks::close : () -> {}));
    }

    private Map<String, Endpoint> endpoints(
        BusAdmin admin, Extents extents, Tracks tracks, Timing clocks) {
      StateEndpoints states = new StateEndpoints(bus, limits);
      LetterEndpoints letters = new LetterEndpoints(admin, extents, limits);
      OutboxEndpoints records = new OutboxEndpoints(outbox, clocks, limits);
      GroupActions changes = new GroupActions(admin);
      return Map.ofEntries(
          Map.entry(
              "GET /status",
              new StatusEndpoint(
                  tracks, clients, clocks, actions, outbox != null, metrics != null)),
          Map.entry("GET /topics", new TopicsEndpoint(admin, extents, tracks)),
          Map.entry("GET /groups", new GroupsEndpoint(admin, tracks, clocks, false)),
          Map.entry("GET /cursors", new GroupsEndpoint(admin, tracks, clocks, true)),
          Map.entry("GET /lag", new LagEndpoint(admin, clocks)),
          Map.entry("GET /latest-by-key", states::latest),
          Map.entry("GET /snapshots", states::snapshots),
          Map.entry("GET /outbox", records::show),
          Map.entry("GET /clients", new ClientsEndpoint(clients)),
          Map.entry("GET /dlq", letters::list),
          Map.entry("GET /metrics", new MetricsEndpoint(metrics)),
          Map.entry("POST /dlq/*/*/replay", letters::replay),
          Map.entry("DELETE /dlq/*/*", letters::drop),
          Map.entry("POST /groups/*/*/seek", changes::seek),
          Map.entry("DELETE /groups/*/*", changes::delete),
          Map.entry("POST /outbox/*/*/requeue", records::requeue),
          Map.entry("DELETE /outbox/*/*", records::drop));
    }

    private Map<String, ReadyCheck> allChecks(BusAdmin admin) {
      Map<String, ReadyCheck> all = new LinkedHashMap<>();
      // Any name does: what is asked is whether there is an answer.
      all.put("events", () -> admin.bounds("ops.ready"));
      all.put("groups", () -> admin.storedGroup("ops.ready", "ops"));
      OutboxAdmin records = outbox;
      if (records != null) {
        all.put("outbox", () -> records.list(OutboxStatus.PENDING, null, 1));
      }
      checks.forEach(all::put);
      return all;
    }

    private Set<String> allowedHosts(boolean loopback) {
      Set<String> all = new LinkedHashSet<>(hosts);
      if (loopback) {
        all.addAll(LOOPBACK_NAMES);
        all.add(bind.toLowerCase(Locale.ROOT));
      }
      return Set.copyOf(all);
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
