package io.promlib.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import io.promlib.bus.EventBus;
import io.promlib.bus.EventBusBuilder;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of a {@link MongoEventBus}; what is not given is the default. For one thread. */
public final class MongoEventBusBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(MongoEventBusBuilder.class);
  private static final String DATABASE = "prom";
  private static final long IDLE_SECONDS = 10;

  private final @Nullable ConnectionString uri;
  private final @Nullable MongoClient given;
  private final String database;
  private MongoNames names = MongoNames.defaults();
  private Duration dedupeWindow = Duration.ofHours(24);
  private WakeUp wakeUps = WakeUp.STREAM_AND_POLLING;
  private @Nullable Timing timing;
  private Duration ackDelay = Duration.ofMillis(100);
  private UnaryOperator<EventBusBuilder> more = UnaryOperator.identity();

  MongoEventBusBuilder(ConnectionString uri) {
    this.uri = uri;
    this.given = null;
    String named = uri.getDatabase();
    this.database = named == null ? DATABASE : named;
  }

  MongoEventBusBuilder(MongoClient client, String database) {
    this.uri = null;
    this.given = client;
    this.database = database;
  }

  /** What the collections are called; the same in every process. */
  public MongoEventBusBuilder names(MongoNames value) {
    names = value;
    return this;
  }

  /** How long retention leaves an event alone, so that its id is remembered; default 24 h. */
  public MongoEventBusBuilder dedupeWindow(Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException("dedupeWindow must not be negative, is " + value);
    }
    dedupeWindow = value;
    return this;
  }

  /** How appends of other processes are noticed; default: by a change stream and by polling. */
  public MongoEventBusBuilder wakeUps(WakeUp value) {
    wakeUps = value;
    return this;
  }

  /**
   * The clocks, which stay the host's to close; default: the machine's. Wall time is the server's
   * in either case, asked for at the start and every 30 s.
   */
  public MongoEventBusBuilder timing(Timing value) {
    timing = value;
    return this;
  }

  /**
   * How long an ack may wait to be written together with others; default 100 ms. A crash delivers
   * again what was acked and not written.
   */
  public MongoEventBusBuilder ackDelay(Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException("ackDelay must not be negative, is " + value);
    }
    ackDelay = value;
    return this;
  }

  /** All other settings of the bus: its listener, mapper, limits, leases. */
  public MongoEventBusBuilder bus(UnaryOperator<EventBusBuilder> settings) {
    more = settings;
    return this;
  }

  /**
   * Checks the server, makes the indexes that are missing, and starts. Closing the bus closes all
   * that was opened here. If it fails nothing stays open.
   *
   * <p>Threads, all daemons: {@code prom-mongo-clock} while the server is asked for its time, those
   * of {@link MongoEventStore}, and those of the bus and the driver.
   *
   * @throws io.promlib.store.StoreUnavailableException if the server is not reached in bounded
   *     time, has no primary, or no majority that acknowledges writes: worth trying again
   * @throws MongoSetupException if the server is older than MongoDB 4.4, or the user is refused or
   *     may not write
   * @throws io.promlib.PromException if an index cannot be made
   */
  public EventBus open() {
    Deque<AutoCloseable> opened = new ArrayDeque<>(); // what was opened last is closed first
    boolean done = false;
    try {
      EventBus bus = open(opened);
      done = true;
      return bus;
    } finally {
      if (!done) {
        opened.forEach(MongoEventBusBuilder::close);
      }
    }
  }

  private EventBus open(Deque<AutoCloseable> opened) {
    MongoClient client = given;
    if (uri != null) {
      client = Clients.connect(uri);
      opened.push(client);
    }
    if (client == null) {
      throw new IllegalStateException("neither a URI nor a client");
    }
    MongoDatabase data = client.getDatabase(database);
    Server server = new Server(client, data);
    server.check(names.topics());
    Timing clock = serverTiming(server, opened);
    MongoEventStore events =
        MongoEventStore.builder(data)
            .client(client)
            .names(names)
            .dedupeWindow(dedupeWindow)
            .timing(clock)
            .wakeUps(wakeUps)
            .build();
    opened.push(events);
    GroupIndexes.create(data, names);
    MongoGroupStore groups = new MongoGroupStore(data, names, clock);
    return more.apply(EventBus.builder().ackDelay(ackDelay))
        .stores(events, groups)
        .timing(clock)
        .closing(opened.toArray(AutoCloseable[]::new))
        .build();
  }

  private Timing serverTiming(Server server, Deque<AutoCloseable> opened) {
    Timing local = timing;
    if (local == null) {
      local = Timing.system();
      opened.push(local);
    }
    ThreadPoolExecutor worker =
        new ThreadPoolExecutor(
            0,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "prom-mongo-clock");
              thread.setDaemon(true);
              return thread;
            });
    opened.push(worker::shutdownNow);
    ServerTiming clock = new ServerTiming(local, server::millis, worker);
    opened.push(clock);
    return clock;
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LOG.warn("{} was not closed as it should be", resource, e);
    }
  }
}
