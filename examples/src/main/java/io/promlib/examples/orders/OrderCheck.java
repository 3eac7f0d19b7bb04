package io.promlib.examples.orders;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.event.EventRecord;
import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.examples.Environment;
import io.promlib.examples.MongoUrl;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoOutboxStore;
import io.promlib.outbox.OutboxCounts;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bson.Document;

/** {@code orders-check}: whether orders, events and totals agree. */
public final class OrderCheck implements Command {
  private static final int MOST_SHOWN = 10;
  private static final int DIFFERS = 1;
  private static final int AT_ONCE = 1_000;

  @Override
  public String name() {
    return "orders-check";
  }

  @Override
  public String summary() {
    return "whether the order service's orders, events and totals agree";
  }

  @Override
  public String help() {
    return """
    orders-check

    Reads what the order service wrote: each order has one event and no event is without its order,
    and each customer's total is the sum of their orders. Exit code 1: they do not agree, or not yet,
    since records wait in the outbox or events for their consumer. The environment sets:

      MONGO_URL      the database (mongodb://127.0.0.1:27017/prom)
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out) {
    Args.parse(line, Set.of(), Set.of());
    MongoUrl mongo = MongoUrl.of(new Environment(environment));
    try (MongoClient client = mongo.connect();
        EventBus bus = mongo.usable(() -> MongoEventBus.builder(client, mongo.database()).open());
        MongoOutboxStore outbox =
            mongo.usable(() -> MongoOutboxStore.builder(client, mongo.database()).build())) {
      List<String> differences = new ArrayList<>();
      Map<String, Order> orders = orders(client.getDatabase(mongo.database()));
      int events = compareEvents(bus, orders, differences);
      Map<String, List<Long>> totals =
          compareTotals(client.getDatabase(mongo.database()), orders, differences);
      waiting(bus, outbox, differences);
      out.printf("%d orders, %d events, %d totals%n", orders.size(), events, totals.size());
      differences.stream().limit(MOST_SHOWN).forEach(out::println);
      if (differences.size() > MOST_SHOWN) {
        out.printf("and %d more%n", differences.size() - MOST_SHOWN);
      }
      out.println(differences.isEmpty() ? "they agree" : "they do not agree");
      return differences.isEmpty() ? 0 : DIFFERS;
    }
  }

  private static Map<String, Order> orders(MongoDatabase database) {
    Map<String, Order> orders = new TreeMap<>();
    for (Document order : database.getCollection("orders").find()) {
      orders.put(
          order.getString("_id"),
          new Order(order.getString("_id"), order.getString("customer"), order.getLong("cents")));
    }
    return orders;
  }

  private static int compareEvents(
      EventBus bus, Map<String, Order> orders, List<String> differences) {
    Map<String, Integer> seen = new HashMap<>();
    String topic = Order.PLACED.name();
    List<EventRecord> page = bus.admin().read(topic, 1, AT_ONCE).events();
    while (!page.isEmpty()) {
      page.forEach(event -> seen.merge(event.id(), 1, Integer::sum));
      page = bus.admin().read(topic, page.get(page.size() - 1).seq() + 1, AT_ONCE).events();
    }
    orders.keySet().stream()
        .filter(id -> !seen.containsKey(id))
        .forEach(id -> differences.add("order " + id + " has no event"));
    seen.forEach(
        (id, times) -> {
          if (!orders.containsKey(id)) {
            differences.add("event " + id + " has no order");
          } else if (times != 1) {
            differences.add("order " + id + " has " + times + " events");
          }
        });
    return seen.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** A customer's cents and number of orders. */
  private static Map<String, List<Long>> compareTotals(
      MongoDatabase database, Map<String, Order> orders, List<String> differences) {
    Map<String, List<Long>> expected = new TreeMap<>();
    for (Order order : orders.values()) {
      expected.merge(
          order.customer(),
          List.of(order.cents(), 1L),
          (one, other) -> List.of(one.get(0) + other.get(0), one.get(1) + other.get(1)));
    }
    Map<String, List<Long>> totals = new TreeMap<>();
    for (Document total : database.getCollection("totals").find()) {
      totals.put(total.getString("_id"), List.of(total.getLong("cents"), total.getLong("orders")));
    }
    Set<String> customers = new TreeSet<>(expected.keySet());
    customers.addAll(totals.keySet());
    for (String customer : customers) {
      List<Long> right = expected.getOrDefault(customer, List.of(0L, 0L));
      List<Long> stored = totals.getOrDefault(customer, List.of(0L, 0L));
      if (!right.equals(stored)) {
        differences.add(
            "the total of "
                + customer
                + " is %d cents of %d orders".formatted(stored.get(0), stored.get(1))
                + ", the orders make %d of %d".formatted(right.get(0), right.get(1)));
      }
    }
    return totals;
  }

  private static void waiting(EventBus bus, MongoOutboxStore outbox, List<String> differences) {
    OutboxCounts counts = outbox.counts();
    long unsent = counts.pending() + counts.claimed();
    if (unsent > 0) {
      differences.add(unsent + " records wait in the outbox: run orders until they are out");
    }
    if (counts.error() > 0) {
      differences.add(counts.error() + " records of the outbox rest as errors");
    }
    long lag =
        bus.admin().group(Order.PLACED.name(), OrderService.GROUP).map(GroupView::lag).orElse(0L);
    if (lag > 0) {
      differences.add(lag + " events wait for their consumer: run orders until they are counted");
    }
  }
}
