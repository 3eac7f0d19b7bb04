package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.ConnectionString;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.ForwardingDelivery;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.dedupe.Once;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TcpProxy;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Buses of two processes, of which one loses the database after it acked and before that is
 * written.
 */
@Timeout(300)
class TwiceDeliveredTest {
  private static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  private static final String GROUP = "totals";
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.builder().startAt(StartAt.EARLIEST).build();

  private final MongoDatabase database = TestMongo.freshDatabase();
  private final MongoCollection<Document> totals = database.getCollection("totals");
  private final MongoDedupeStore store =
      MongoDedupeStore.builder(database, ORDERS.name(), GROUP).build();
  private final AtomicInteger delivered = new AtomicInteger();

  @Test
  void anEventThatIsDeliveredTwiceRunsOnce() {
    deliverTwice(Once.over(store).around(delivery -> count(delivery.payload())));
  }

  @Test
  void anEventThatIsDeliveredTwiceIsCommittedOnce() {
    TestMongo.assumeTransactions("a mark and the handler's writes are committed together");
    database.createCollection("totals");
    deliverTwice(
        store.inTransaction(
            TestMongo.client(),
            (session, delivery) ->
                totals.updateOne(
                    session,
                    Filters.eq(delivery.payload()),
                    Updates.inc("n", 1),
                    new UpdateOptions().upsert(true))));
  }

  private void deliverTwice(Handler<String> handler) {
    Handler<String> counted =
        delivery -> {
          delivered.incrementAndGet();
          handler.handle(delivery);
        };
    try (TcpProxy proxy = proxy();
        EventBus survivor = open(TestMongo.uri(database.getName()), Duration.ofSeconds(60))) {
      try (EventBus dying = open(through(proxy), Duration.ofSeconds(3))) {
        dying.subscribe(
            ORDERS, GROUP, EARLIEST, delivery -> counted.handle(new CutAtAck(delivery, proxy)));
        dying.publish(ORDERS, "ann");
        await().atMost(SOON).until(() -> proxy.connections() == 0);
        survivor.subscribe(ORDERS, GROUP, EARLIEST, counted);
        await().atMost(SOON).until(() -> floor(survivor) == 1);
      }
    }
    // More often where the dying one stood still for longer than its lease.
    assertThat(delivered).hasValueGreaterThanOrEqualTo(2);
    assertThat(total("ann")).isEqualTo(1);
  }

  /** Its bus has lost the database when it is acked. */
  private static final class CutAtAck extends ForwardingDelivery<String> {
    private final TcpProxy proxy;

    CutAtAck(Delivery<String> delivery, TcpProxy proxy) {
      super(delivery);
      this.proxy = proxy;
    }

    @Override
    public AckResult ack() {
      proxy.cut();
      return super.ack();
    }
  }

  private static long floor(EventBus bus) {
    return bus.admin().group(ORDERS.name(), GROUP).orElseThrow().floor();
  }

  private void count(String name) {
    totals.updateOne(Filters.eq(name), Updates.inc("n", 1), new UpdateOptions().upsert(true));
  }

  private long total(String name) {
    Document total = totals.find(Filters.eq(name)).first();
    return total == null ? 0 : Fields.number(total, "n");
  }

  /* The calls of the dying one are to fail soon; the first may take longer. */
  private static EventBus open(String uri, Duration lease) {
    MongoEventBusBuilder builder =
        MongoEventBus.builder(uri)
            .bus(bus -> bus.claimLease(lease).closeGrace(Duration.ofMillis(100)));
    return await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
        .until(builder::open, Objects::nonNull);
  }

  private static TcpProxy proxy() {
    String host = new ConnectionString(TestMongo.uri()).getHosts().get(0);
    return TcpProxy.to(Integer.parseInt(host.substring(host.indexOf(':') + 1)));
  }

  private String through(TcpProxy proxy) {
    return "mongodb://127.0.0.1:"
        + proxy.port()
        + "/"
        + database.getName()
        + "?directConnection=true&serverSelectionTimeoutMS=300&connectTimeoutMS=60000";
  }
}
