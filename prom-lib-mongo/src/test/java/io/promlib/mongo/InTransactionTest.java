package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.ForwardingDelivery;
import io.promlib.bus.Handler;
import io.promlib.bus.SubscribeOptions;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.mongo.testing.TcpProxy;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.KilledAtAck;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TestProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers in one transaction with their mark: what they write is there once for each event. */
class InTransactionTest extends EngineScenarios {
  private static final Bson TOTAL = Filters.eq("total");
  private static final Bson ONE = Updates.inc("n", 1);
  private static final UpdateOptions UPSERT = new UpdateOptions().upsert(true);

  private final List<Integer> attempts = new ArrayList<>();
  private @Nullable BsonDocument left;
  private MongoDatabase database;
  private MongoDedupeStore store;

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), new InMemoryGroupStore());
    return () -> stores;
  }

  @BeforeEach
  void open() {
    TestMongo.assumeTransactions("a mark and the handler's writes are committed together");
    database = TestMongo.freshDatabase();
    store = store(TestMongo.client());
    database.createCollection("totals");
  }

  /* The server takes marks away by its own clock, which is years ahead of the test's. */
  private MongoDedupeStore store(MongoClient client) {
    return MongoDedupeStore.builder(client.getDatabase(database.getName()), ORDERS.name(), GROUP)
        .retention(Duration.ofDays(3650))
        .timing(clock)
        .build();
  }

  @Test
  void whatAHandlerWritesIsCommittedWithTheMarkAndTheEventAcked() {
    for (SubscribeOptions.Builder options : List.of(options(), manual())) {
      try (var subscription =
          bus().subscribe(ORDERS, GROUP, options.build(), inTransaction(this::count))) {
        String id = publish("a").id();
        run();
        assertThat(group().lag()).isZero();
        assertThat(store.begin(id, SECOND, clock.millis())).isEqualTo(new Begin.Done());
        assertThat(subscription.inFlight()).isZero();
      }
    }
    assertThat(total()).isEqualTo(2);
    assertThat(attempts).containsExactly(1, 1);
  }

  @Test
  void aHandlerThatThrowsLeavesNothingAndRunsAgain() {
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          if (delivery.attempt() == 1) {
            throw new IllegalStateException("boom");
          }
        });
    publish("a");
    run();
    assertThat(total()).isZero();
    pass(SECOND);
    assertThat(attempts).containsExactly(1, 2);
    assertThat(total()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aCheckedExceptionIsTheReasonAsItIs() {
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().maxAttempts(1).build(),
            inTransaction(
                (session, delivery) -> {
                  count(session, delivery);
                  throw new IOException("the disk is full");
                }));
    publish("a");
    run();
    assertThat(onlyLetter().error()).isEqualTo("java.io.IOException: the disk is full");
    assertThat(total()).isZero();
  }

  @Test
  void aCrashBetweenTheHandlerAndTheCommitLeavesNothingAndTheNextProcessRunsIt() {
    TestProcess dying = newProcess();
    TestProcess next = newProcess();
    MongoClient itsClient = MongoClients.create(TestMongo.uri());
    Handler<String> dies =
        store(itsClient)
            .inTransaction(
                itsClient,
                (session, delivery) -> {
                  left = session.getServerSession().getIdentifier();
                  totals(itsClient).updateOne(session, TOTAL, ONE, UPSERT);
                  dying.kill();
                  itsClient.close();
                });
    dying.bus().subscribe(ORDERS, GROUP, options().build(), dies);
    publish("a");
    dying.workers().runAll();

    next.bus().subscribe(ORDERS, GROUP, options().build(), inTransaction(this::count));
    pass(Duration.ofMinutes(2));
    assertThat(total()).isZero();
    giveUpWhatWasLeft();
    pass(SECOND);
    assertThat(total()).isEqualTo(1);
    assertThat(attempts).hasSize(1);
  }

  /** As the server does by itself after a minute. */
  private void giveUpWhatWasLeft() {
    TestMongo.client()
        .getDatabase("admin")
        .runCommand(new Document("killSessions", List.of(Objects.requireNonNull(left))));
  }

  @Test
  void aCrashBetweenTheCommitAndTheAckRunsNothingAgain() {
    TestProcess dying = newProcess();
    TestProcess next = newProcess();
    Handler<String> handler = inTransaction(this::count);
    dying
        .bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().build(),
            delivery -> handler.handle(new KilledAtAck(delivery, dying)));
    publish("a");
    dying.workers().runAll();
    assertThat(total()).isEqualTo(1);

    next.bus().subscribe(ORDERS, GROUP, options().build(), handler);
    pass(Duration.ofMinutes(2));
    assertThat(total()).isEqualTo(1);
    assertThat(attempts).hasSize(1);
    assertThat(next.bus().admin().group(ORDERS.name(), GROUP).orElseThrow().floor()).isEqualTo(1);
  }

  @Test
  void whileAnotherTransactionHasTheEventItIsHandedBackUncounted() {
    subscribe(this::count);
    try (ClientSession other = TestMongo.client().startSession()) {
      other.startTransaction();
      String id = publish("a").id();
      assertThat(marks().done(other, id, "theirs", clock.millis())).isTrue();
      pass(Duration.ofSeconds(3));
      assertThat(attempts).isEmpty();
      other.abortTransaction();
    }
    pass(SECOND);
    assertThat(attempts).containsExactly(1);
    assertThat(total()).isEqualTo(1);
    assertThat(process().heard().calls("nack")).isEmpty();
  }

  @Test
  void whatAnotherTransactionCommittedMeanwhileIsAcked() {
    subscribe(this::count);
    try (ClientSession other = TestMongo.client().startSession()) {
      other.startTransaction();
      marks().done(other, publish("a").id(), "theirs", clock.millis());
      run();
      other.commitTransaction();
    }
    pass(SECOND);
    assertThat(attempts).isEmpty();
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void ofTwoDeliveriesAtOnceOneCounts() {
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().concurrency(2).build(),
            inTransaction(
                (session, delivery) -> {
                  count(session, delivery);
                  pass(Duration.ofSeconds(40)); // its lease expires, and it is delivered again
                }));
    publish("a");
    run();
    pass(Duration.ofSeconds(5));
    assertThat(total()).isEqualTo(1);
    assertThat(attempts).containsExactly(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void ofManyThreadsAtOnceOneCounts() throws Exception {
    AtomicInteger acks = new AtomicInteger();
    Handler<String> handler =
        inTransaction((session, delivery) -> totals().updateOne(session, TOTAL, ONE, UPSERT));
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().build(),
            delivery ->
                CompletableFuture.allOf(
                        Stream.generate(() -> new Countless(delivery, acks))
                            .limit(6)
                            .map(each -> CompletableFuture.runAsync(() -> call(handler, each)))
                            .toArray(CompletableFuture<?>[]::new))
                    .get(120, TimeUnit.SECONDS));
    for (int i = 0; i < 10; i++) {
      publish("event " + i);
    }
    run();
    assertThat(total()).isEqualTo(10);
    assertThat(acks.get()).isGreaterThanOrEqualTo(10);
  }

  @Test
  void oneThatIsHandledWithoutATransactionIsLeftToTheOther() {
    String id = publish("a").id();
    store.begin(id, Duration.ofSeconds(20), clock.millis());
    subscribe(this::count);
    pass(Duration.ofMillis(19_999));
    assertThat(attempts).isEmpty();
    pass(Duration.ofMillis(1));
    assertThat(attempts).containsExactly(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aWriteConflictRunsTheHandlerAgainAndItsWritesCountOnce() {
    subscribe(
        (session, delivery) -> {
          attempts.add(delivery.attempt());
          totals().find(session, TOTAL).first();
          if (attempts.size() == 1) {
            totals().updateOne(TOTAL, Updates.inc("n", 10), UPSERT); // somebody else's
          }
          totals().updateOne(session, TOTAL, ONE, UPSERT);
        });
    publish("a");
    run();
    assertThat(attempts).containsExactly(1, 1);
    assertThat(total()).isEqualTo(11);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void conflictsAreRetriedForAsLongAsTheLeaseLasts() {
    subscribe(
        (session, delivery) -> {
          attempts.add(delivery.attempt());
          totals().find(session, TOTAL).first();
          if (attempts.size() < 3) {
            clock.advance(Duration.ofSeconds(16));
            totals().updateOne(TOTAL, Updates.inc("n", 10), UPSERT); // somebody else's
          }
          totals().updateOne(session, TOTAL, ONE, UPSERT);
        });
    publish("a");
    run();
    assertThat(attempts).containsExactly(1, 1);
    assertThat(total()).isEqualTo(20);
    pass(Duration.ofSeconds(2));
    assertThat(attempts).containsExactly(1, 1, 2);
    assertThat(total()).isEqualTo(21);
  }

  @Test
  void aConnectionThatBreaksAtTheCommitIsTriedAgain() {
    try (Through through = new Through("")) {
      through.atCommit(through.proxy()::breakConnections);
      subscribed(through.handler());
      publish("a");
      run();
    }
    assertThat(total()).isEqualTo(1);
    assertThat(attempts).containsExactly(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aCommitThatFailsInTheEndIsTriedAgainByTheNextDelivery() {
    try (Through through = new Through("&timeoutMS=8000")) {
      through.atCommit(through.proxy()::cut);
      subscribed(through.handler());
      publish("a");
      run();
      assertThat(group().floor()).isZero();
      through.proxy().restore();
      giveUpWhatWasLeft();
      pass(Duration.ofSeconds(10));
      assertThat(attempts).hasSizeGreaterThan(1);
      assertThat(total()).isEqualTo(1);
      assertThat(group().floor()).isEqualTo(1);
    }
  }

  @Test
  void anAckInTheHandlerIsRefusedAsItWouldComeBeforeTheCommit() {
    List<Throwable> refusals = new ArrayList<>();
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          for (Runnable ack : List.<Runnable>of(delivery::ack, delivery::ackDurably)) {
            try {
              ack.run();
            } catch (IllegalStateException e) {
              refusals.add(e);
            }
          }
        });
    publish("a");
    run();
    assertThat(refusals)
        .hasSize(2)
        .allSatisfy(e -> assertThat(e).hasMessageContaining("return from the handler instead"));
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void whateverElseSettlesInTheHandlerAborts() {
    List<Handler<String>> ways =
        List.of(
            delivery -> delivery.nack("not yet"),
            delivery -> delivery.nack("not yet", SECOND),
            delivery -> delivery.handBack(SECOND));
    AtomicInteger runs = new AtomicInteger();
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          int run = runs.getAndIncrement();
          if (run < ways.size()) {
            ways.get(run).handle(delivery);
          }
        });
    publish("a");
    pass(Duration.ofMillis(2500));
    assertThat(total()).isZero();
    pass(SECOND);
    assertThat(attempts).containsExactly(1, 2, 3, 3);
    assertThat(total()).isEqualTo(1);
  }

  @Test
  void whatIsTerminatedIsADeadLetterAndLeavesNothing() {
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          if (attempts.size() == 1) {
            delivery.terminate("no such customer");
          }
        });
    publish("a");
    run();
    assertThat(total()).isZero();
    redrive(onlyLetter());
    assertThat(total()).isEqualTo(1);
    assertThat(letters()).isEmpty();
  }

  @Test
  void aHandlerThatEndsTheTransactionItselfFailsAndLosesNothing() {
    List<TransactionalHandler<String>> ways =
        List.of(
            (session, delivery) -> session.abortTransaction(),
            (session, delivery) -> session.commitTransaction());
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          ways.get(delivery.attempt() - 1).handle(session, delivery);
        });
    publish("a");
    run();
    assertThat(total()).isZero();
    assertThat(group().floor()).isZero();
    pass(SECOND);
    assertThat(total()).isEqualTo(1);
    pass(SECOND);
    assertThat(attempts).containsExactly(1, 2);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anErrorOfTheDatabaseThatTheHandlerSwallowsCommitsNothing() {
    totals().insertOne(new Document("_id", "taken"));
    subscribe(
        (session, delivery) -> {
          count(session, delivery);
          if (attempts.size() == 1) {
            assertThatThrownBy(() -> totals().insertOne(session, new Document("_id", "taken")));
          }
        });
    publish("a");
    pass(SECOND);
    assertThat(total()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  /** Another connection to the server, of which a test can make the first commit fail. */
  private final class Through implements AutoCloseable, CommandListener {
    private final TcpProxy proxy;
    private final MongoClient client;
    private Runnable atCommit = () -> {};

    Through(String options) {
      String host = new ConnectionString(TestMongo.uri()).getHosts().get(0);
      proxy = TcpProxy.to(Integer.parseInt(host.substring(host.indexOf(':') + 1)));
      client =
          MongoClients.create(
              MongoClientSettings.builder()
                  .applyConnectionString(
                      new ConnectionString(
                          "mongodb://127.0.0.1:"
                              + proxy.port()
                              + "/?directConnection=true&serverSelectionTimeoutMS=20000"
                              + options))
                  .addCommandListener(this)
                  .build());
    }

    TcpProxy proxy() {
      return proxy;
    }

    void atCommit(Runnable fault) {
      atCommit = fault;
    }

    Handler<String> handler() {
      return store(client)
          .inTransaction(
              client,
              (session, delivery) -> {
                attempts.add(delivery.attempt());
                left = session.getServerSession().getIdentifier();
                totals(client).updateOne(session, TOTAL, ONE, UPSERT);
              });
    }

    @Override
    public void commandStarted(CommandStartedEvent event) {
      if (event.getCommandName().equals("commitTransaction")) {
        Runnable fault = atCommit;
        atCommit = () -> {};
        fault.run();
      }
    }

    @Override
    public void close() {
      client.close();
      proxy.close();
    }
  }

  /** A delivery that several threads have, of which nobody settles it. */
  private static final class Countless extends ForwardingDelivery<String> {
    private final AtomicInteger acks;

    Countless(Delivery<String> delivery, AtomicInteger acks) {
      super(delivery);
      this.acks = acks;
    }

    @Override
    public AckResult ack() {
      acks.incrementAndGet();
      return AckResult.OK;
    }

    @Override
    public AckResult handBack(Duration after) {
      return AckResult.OK;
    }
  }

  private void count(ClientSession session, Delivery<String> delivery) {
    attempts.add(delivery.attempt());
    totals().updateOne(session, TOTAL, ONE, UPSERT);
  }

  private long total() {
    Document total = totals().find(TOTAL).first();
    return total == null ? 0 : Fields.number(total, "n");
  }

  private MongoCollection<Document> totals() {
    return totals(TestMongo.client());
  }

  private MongoCollection<Document> totals(MongoClient client) {
    return client.getDatabase(database.getName()).getCollection("totals");
  }

  private DedupeMarks marks() {
    return DedupeMarks.of(
            database,
            MongoNames.defaults(),
            ORDERS.name(),
            GROUP,
            Duration.ofDays(3650),
            Duration.ofSeconds(10))
        .through(TestMongo.client());
  }

  private Handler<String> inTransaction(TransactionalHandler<String> handler) {
    return store.inTransaction(TestMongo.client(), handler);
  }

  private void subscribe(TransactionalHandler<String> handler) {
    subscribed(inTransaction(handler));
  }

  private void subscribed(Handler<String> handler) {
    bus().subscribe(ORDERS, GROUP, options().build(), handler);
  }

  private static void call(Handler<String> handler, Delivery<String> delivery) {
    try {
      handler.handle(delivery);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
