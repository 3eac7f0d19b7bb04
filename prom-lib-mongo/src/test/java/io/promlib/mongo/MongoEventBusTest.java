package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mongodb.ConnectionString;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import de.bwaldvogel.mongo.bson.Document;
import io.promlib.bus.EventBus;
import io.promlib.bus.PublishException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TcpProxy;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import io.promlib.testkit.Received;
import io.promlib.time.Timing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class MongoEventBusTest {
  private static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.builder().startAt(StartAt.EARLIEST).build();

  private final MongoDatabase database = TestMongo.freshDatabase();

  @Test
  void eventsAndGroupsOutliveTheBus() {
    Received first = new Received();
    try (EventBus bus = open()) {
      bus.subscribe(ORDERS, "mailer", EARLIEST, first);
      bus.publish(ORDERS, "a");
      await().atMost(SOON).until(() -> first.count() == 1);
    }
    Received second = new Received();
    try (EventBus bus = open()) {
      bus.publish(ORDERS, "b");
      bus.subscribe(ORDERS, "mailer", second);
      await().atMost(SOON).until(() -> second.count() == 1);
      assertThat(second.payloads()).containsExactly("b");
    }
  }

  @Test
  void twoBusesOnOneDatabaseShareAGroup() {
    Received got = new Received();
    try (EventBus one = open();
        EventBus other = open()) {
      one.subscribe(ORDERS, "mailer", EARLIEST, got);
      other.publish(ORDERS, "a");
      await().atMost(SOON).until(() -> got.count() == 1);
    }
  }

  @Test
  void theNamesGivenAreTheCollectionsAndTheirIndexesAreThereAndMadeOnce() {
    for (int i = 0; i < 2; i++) {
      try (EventBus bus =
          MongoEventBus.builder(TestMongo.client(), database.getName())
              .names(MongoNames.withPrefix("shop_"))
              .open()) {
        bus.subscribe(ORDERS, "mailer", new Received());
        bus.publish(ORDERS, "a");
      }
    }
    assertThat(database.listCollectionNames()).contains("shop_events", "shop_cursors");
    assertThat(database.getCollection("shop_cursors").listIndexes())
        .extracting(index -> index.getString("name"))
        .contains("expires");
  }

  @Test
  void wallTimeIsTheServersHoweverWrongThisProcessesIs() {
    try (Timing system = Timing.system();
        EventBus bus =
            MongoEventBus.builder(TestMongo.client(), database.getName())
                .timing(new OffBy(system, Duration.ofDays(3)))
                .open()) {
      long before = system.millis();
      long at = bus.publish(ORDERS, "a").record().at();

      assertThat(at).isBetween(before - 60_000, before + 60_000);
    }
  }

  @Test
  void closingEndsItsOwnClientAndThreads() {
    try (TcpProxy proxy = proxy()) {
      EventBus bus = MongoEventBus.builder(through(proxy, "")).open();
      bus.subscribe(ORDERS, "mailer", new Received());
      assertThat(proxy.connections()).isPositive();
      bus.close();
      assertThatCode(bus::close).doesNotThrowAnyException();

      nothingIsLeftOpen(proxy.port());
    }
  }

  @Test
  void theHostsClientAndClockStayOpen() {
    try (MongoClient client = MongoClients.create(TestMongo.uri());
        Timing timing = Timing.system()) {
      MongoEventBus.builder(client, database.getName()).timing(timing).open().close();

      assertThat(client.getDatabase(database.getName()).listCollectionNames()).isNotEmpty();
      boolean[] rang = new boolean[1];
      timing.schedule(() -> rang[0] = true, Duration.ZERO);
      await().atMost(SOON).until(() -> rang[0]);
    }
  }

  @Test
  void aMalformedUriIsRefusedWithoutItsPassword() {
    List<String> uris =
        List.of(
            "mongodb://prom:s3cr@et@host/prom",
            "mongodb://prom:s3cret%zz@host/prom",
            "mongodb://prom:s3cret/x@host:x/prom",
            "mongodb://prom:s3cret@host:port/prom",
            "http://prom:s3cret@host/prom",
            "prom:s3cret@host",
            "mongodb://prom:s3cret@",
            "mongodb://host/?authMechanism=MONGODB-X509&authMechanismProperties=s3cret");
    for (String uri : uris) {
      assertThatThrownBy(() -> MongoEventBus.builder(uri))
          .as(uri)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("mongodb://host:27017/prom")
          .satisfies(e -> assertThat(trace(e)).doesNotContain("s3cr", "zz", "et@"));
    }
  }

  @Test
  void aUriWithoutSecretsSaysWhatIsWrongWithIt() {
    assertThatThrownBy(() -> MongoEventBus.builder("host:27017"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must start with");
  }

  @Test
  void aServerThatIsNotThereIsAnErrorInBoundedTimeAndNothingStaysOpen() throws IOException {
    // Bound, so that nobody else is given the port, and not listened on.
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = bound.getLocalPort();
      String uri = "mongodb://127.0.0.1:" + port + "/prom?serverSelectionTimeoutMS=300";
      assertThatThrownBy(() -> MongoEventBus.builder(uri).open())
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContainingAll("not reached", "127.0.0.1:" + port, "check");
      nothingIsLeftOpen(port);
    }
  }

  @Test
  void aServerThatIsTooOldIsRefused() {
    for (int wire : new int[] {7, 8}) {
      try (ScriptedServer old = new ScriptedServer(List.of(4, 2, 9), wire)) {
        assertThatThrownBy(() -> MongoEventBus.builder(old.uri("")).open())
            .isInstanceOf(MongoSetupException.class)
            .hasMessageContainingAll("4.4 or newer");
        nothingIsLeftOpen(old.port());
      }
    }
  }

  @Test
  void versionsAreReadAsNumbers() {
    assertThat(List.of("4.2.24", "3.6.0", "4.3", "", "x.y", "4")).allMatch(Server::isBefore44);
    assertThat(List.of("4.4.0", "4.10.1", "5.0.0", "10.0.0-rc1", "8.0"))
        .noneMatch(Server::isBefore44);
  }

  @Test
  void aUserWhoMayNotWriteIsRefusedByTheRightThatItLacks() {
    try (ScriptedServer server = healthy()) {
      server.answer(
          "update",
          new Document("ok", 0)
              .append("code", 13)
              .append("codeName", "Unauthorized")
              .append("errmsg", "not authorized on shop to execute command"));
      assertThatThrownBy(() -> MongoEventBus.builder(server.uri("")).open())
          .isInstanceOf(MongoSetupException.class)
          .hasMessageContainingAll("may not write to shop.topics", "readWrite");
      nothingIsLeftOpen(server.port());
    }
  }

  @Test
  void aPasswordThatIsRefusedIsNotRepeated() {
    try (ScriptedServer server = healthy()) {
      assertThatThrownBy(() -> MongoEventBus.builder(server.uri("prom:s3cret@")).open())
          .isInstanceOf(MongoSetupException.class)
          .hasMessageContaining("refused the user or the password")
          .satisfies(e -> assertThat(trace(e)).doesNotContain("s3cret"));
      nothingIsLeftOpen(server.port());
    }
  }

  @Test
  void aServerThatGoesDownWhileItIsAskedForTheUserIsNoWrongPassword() {
    try (ScriptedServer server = healthy()) {
      server.answer("saslStart", goingDown());
      assertThatThrownBy(() -> MongoEventBus.builder(server.uri("prom:s3cret@")).open())
          .isInstanceOf(StoreUnavailableException.class)
          .satisfies(e -> assertThat(trace(e)).doesNotContain("s3cret"));
      nothingIsLeftOpen(server.port());
    }
  }

  @Test
  void aServerThatIsInterruptedHasRefusedNothing() {
    try (ScriptedServer server = healthy()) {
      server.answer(
          "update", new Document("ok", 0).append("code", 262).append("errmsg", "out of time"));
      assertThatThrownBy(() -> MongoEventBus.builder(server.uri("")).open())
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("out of time");
      nothingIsLeftOpen(server.port());
    }
  }

  private static Document goingDown() {
    return new Document("ok", 0).append("code", 91).append("errmsg", "shutdown in progress");
  }

  @Test
  void aReplicaSetWithoutPrimaryIsAnErrorThatSaysSo() {
    try (ScriptedServer server = healthy()) {
      String self = "127.0.0.1:" + server.port();
      server.answer(
          "isMaster",
          new Document("ok", 1)
              .append("setName", "rs")
              .append("setVersion", 1)
              .append("hosts", List.of(self))
              .append("me", self)
              .append("ismaster", false)
              .append("secondary", true)
              .append("minWireVersion", 0)
              .append("maxWireVersion", 9)
              .append("maxBsonObjectSize", 16 << 20)
              .append("maxMessageSizeBytes", 48_000_000)
              .append("maxWriteBatchSize", 1000));
      String uri = server.uri("", "replicaSet=rs&serverSelectionTimeoutMS=1500");
      // On a busy machine that may not be long enough to be reached at all.
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> MongoEventBus.builder(uri).open())
                      .isInstanceOf(StoreUnavailableException.class)
                      .hasMessageContaining("no primary"));
      nothingIsLeftOpen(server.port());
    }
  }

  @Test
  void aMajorityThatDoesNotAcknowledgeIsAnErrorThatSaysSo() {
    try (ScriptedServer server = healthy()) {
      server.answer(
          "update",
          new Document("ok", 1)
              .append("n", 0)
              .append("nModified", 0)
              .append(
                  "writeConcernError",
                  new Document("code", 64).append("errmsg", "waiting for replication timed out")));
      assertThatThrownBy(() -> MongoEventBus.builder(server.uri("")).open())
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContainingAll("majority", "waiting for replication timed out");
      nothingIsLeftOpen(server.port());
    }
  }

  @Test
  void whileTheDatabaseIsAwayCallsFailInBoundedTimeAndAfterwardsAllGoesOnByItself() {
    Received got = new Received();
    try (TcpProxy proxy = proxy();
        EventBus bus =
            reached(MongoEventBus.builder(through(proxy, "&serverSelectionTimeoutMS=500")))) {
      bus.subscribe(ORDERS, "mailer", EARLIEST, got);
      bus.publish(ORDERS, "before");
      await().atMost(SOON).until(() -> got.count() == 1);

      proxy.cut();
      PublishOptions lost = PublishOptions.none().id("the-lost-one");
      assertThatThrownBy(() -> bus.publish(ORDERS, "lost", lost))
          .isInstanceOfSatisfying(
              PublishException.class, e -> assertThat(e.ids()).containsExactly("the-lost-one"));
      assertThatThrownBy(() -> bus.subscribe(ORDERS, "other", new Received()))
          .isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(() -> bus.admin().group(ORDERS.name(), "mailer"))
          .isInstanceOf(StoreUnavailableException.class);

      proxy.restore();
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> bus.publish(ORDERS, "lost", lost).record().seq() == 2);
      await().atMost(SOON).until(() -> got.seqs().contains(2L));
      assertThat(bus.publish(ORDERS, "lost", lost).duplicate()).isTrue();
      assertThat(bus.publish(ORDERS, "after").seq()).isEqualTo(3);
      await().atMost(SOON).until(() -> got.seqs().contains(3L));
    }
  }

  @Test
  void aCloseWhileTheDatabaseIsAwayEnds() {
    try (TcpProxy proxy = proxy()) {
      EventBus bus =
          reached(
              MongoEventBus.builder(through(proxy, "&serverSelectionTimeoutMS=300"))
                  .bus(more -> more.closeGrace(Duration.ofSeconds(1))));
      bus.subscribe(ORDERS, "mailer", new Received());
      proxy.cut();
      assertThatCode(bus::close).doesNotThrowAnyException();
      nothingIsLeftOpen(proxy.port());
    }
  }

  @Test
  void badSettingsAreRefused() {
    MongoEventBusBuilder builder = MongoEventBus.builder(TestMongo.client(), "x");
    Duration negative = Duration.ofMillis(-1);
    assertThatThrownBy(() -> builder.ackDelay(negative))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ackDelay");
    assertThatThrownBy(() -> builder.dedupeWindow(negative))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dedupeWindow");
  }

  private EventBus open() {
    return MongoEventBus.builder(TestMongo.client(), database.getName()).open();
  }

  /** Calls are to fail soon when the database is away; a first one may take longer. */
  private static EventBus reached(MongoEventBusBuilder builder) {
    return await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
        .until(builder::open, Objects::nonNull);
  }

  private static ScriptedServer healthy() {
    return new ScriptedServer(List.of(5, 0, 0), 8);
  }

  private static TcpProxy proxy() {
    String host = new ConnectionString(TestMongo.uri()).getHosts().get(0);
    return TcpProxy.to(Integer.parseInt(host.substring(host.indexOf(':') + 1)));
  }

  private String through(TcpProxy proxy, String options) {
    return "mongodb://127.0.0.1:"
        + proxy.port()
        + "/"
        + database.getName()
        + "?directConnection=true"
        + options;
  }

  /** The driver's threads carry the address; the bus's a name of its own. */
  private static void nothingIsLeftOpen(int port) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(threads())
                    .noneMatch(
                        name ->
                            name.contains("127.0.0.1:" + port)
                                || name.startsWith("prom-mongo-clock")));
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }

  private static String trace(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return Objects.toString(text);
  }

  /** A machine whose wall clock is wrong. */
  private record OffBy(Timing real, Duration off) implements Timing {
    @Override
    public InstantSource wall() {
      return () -> real.wall().instant().plus(off);
    }

    @Override
    public long nanos() {
      return real.nanos();
    }

    @Override
    public Alarm schedule(Runnable task, Duration delay) {
      return real.schedule(task, delay);
    }

    @Override
    public void close() {}
  }
}
