package io.promlib.examples.orders;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoClient;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.ForwardingDelivery;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.examples.Ending;
import io.promlib.examples.Environment;
import io.promlib.examples.MongoUrl;
import io.promlib.examples.UsageException;
import io.promlib.mongo.MongoDedupeStore;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoOutboxStore;
import io.promlib.outbox.OutboxDrainer;
import io.promlib.outbox.OutboxListener;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxTarget;
import io.promlib.store.Ordering;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code orders}: takes orders over HTTP, announces each by an outbox, and keeps a total for each
 * customer that counts every order once, whatever crashes.
 */
public final class OrderService implements Command {
  static final String GROUP = "totals";
  private static final int EXISTS = 48;

  @Override
  public String name() {
    return "orders";
  }

  @Override
  public String summary() {
    return "an order service: transactional outbox, totals counted once, crashes on demand";
  }

  @Override
  public String help() {
    return """
    orders [options]

    Places an order and its event in one transaction at POST /orders, drains the outbox to the topic
    order.placed, and keeps a total for each customer, counting every order once. Runs until Ctrl-C.
    Any number may run on one database; orders-check says whether orders, events and totals agree.

      curl -d '{"id": "A-1", "customer": "ada", "cents": 1250}' http://127.0.0.1:8081/orders

      --crash-at <step>   ends like kill -9 the first time it comes to the step, one of
    """
        + "                        "
        + Crash.Step.words().replace(", in-", ",\n                        in-")
        + """


    The environment sets:

      MONGO_URL      a replica set, as transactions need one (mongodb://127.0.0.1:27017/prom)
      HTTP_PORT      port of the service, on this machine only (8081); 0: any free one
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args = Args.parse(line, Set.of("crash-at"), Set.of());
    Crash crash = new Crash(args.text("crash-at").flatMap(OrderService::step).orElse(null));
    Environment variables = new Environment(environment);
    int port = variables.port("HTTP_PORT", 8081);
    MongoUrl mongo = MongoUrl.of(variables);
    String database = mongo.database();
    try (Ending ending = new Ending();
        MongoClient client = mongo.connect();
        EventBus bus = mongo.usable(() -> MongoEventBus.builder(client, database).open());
        MongoOutboxStore outbox =
            mongo.usable(() -> MongoOutboxStore.builder(client, database).build())) {
      makeCollections(client, database);
      OrderBook book = new OrderBook(client, database, outbox, crash);
      Handler<Order> counting = mongo.usable(() -> counting(client, database, book));
      bus.subscribe(
          Order.PLACED,
          GROUP,
          SubscribeOptions.builder()
              .startAt(StartAt.EARLIEST)
              .ordering(Ordering.KEY)
              .concurrency(4)
              .build(),
          delivery -> counting.handle(new Watched(delivery, crash)));
      try (OutboxDrainer drainer = drainer(outbox, bus, crash);
          OrderApi api = new OrderApi(book, port)) {
        out.println("orders   " + api.address());
        out.println("mongo    " + mongo);
        out.println("outbox   drained as " + drainer.owner());
        ending.await(0);
      }
    }
    return 0;
  }

  private static Optional<Crash.Step> step(String word) {
    Optional<Crash.Step> step = Crash.Step.of(word);
    if (step.isEmpty()) {
      throw new UsageException(
          "--crash-at must be one of " + Crash.Step.words() + ", is '" + word + "'");
    }
    return step;
  }

  // sample: count-once-handler
  private static Handler<Order> counting(MongoClient client, String database, OrderBook book) {
    return MongoDedupeStore.builder(client.getDatabase(database), Order.PLACED.name(), GROUP)
        .build()
        .inTransaction(client, book::count);
  }

  // end

  private static OutboxDrainer drainer(MongoOutboxStore outbox, EventBus bus, Crash crash) {
    OutboxTarget topic = OutboxTarget.of(bus);
    return OutboxDrainer.builder(outbox)
        .to(
            records -> {
              crash.reach(Crash.Step.AFTER_CLAIM);
              topic.publish(records);
              crash.reach(Crash.Step.AFTER_PUBLISH);
            })
        .listener(
            new OutboxListener() {
              @Override
              public void onPublished(OutboxRecord record) {
                crash.reach(Crash.Step.AFTER_MARK);
              }
            })
        .build()
        .start();
  }

  /* In a transaction they would be made too, but two first ones at once would conflict. */
  private static void makeCollections(MongoClient client, String database) {
    for (String name : List.of("orders", "totals")) {
      try {
        client.getDatabase(database).createCollection(name);
      } catch (MongoCommandException e) {
        if (e.getErrorCode() != EXISTS) {
          throw e;
        }
      }
    }
  }

  /** A delivery that may crash before its ack. */
  private static final class Watched extends ForwardingDelivery<Order> {
    private final Crash crash;

    Watched(Delivery<Order> delivery, Crash crash) {
      super(delivery);
      this.crash = crash;
    }

    @Override
    public AckResult ack() {
      crash.reach(Crash.Step.BEFORE_ACK);
      return super.ack();
    }
  }
}
