package io.promlib.examples.orders;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoWriteException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import io.promlib.bus.Delivery;
import io.promlib.event.PublishOptions;
import io.promlib.mongo.MongoOutboxStore;
import java.util.Objects;
import org.bson.Document;

/** The service's own data, {@code orders} and {@code totals}. */
final class OrderBook {
  private final MongoClient client;
  private final MongoOutboxStore outbox;
  private final Crash crash;
  private final MongoCollection<Document> orders;
  private final MongoCollection<Document> totals;

  OrderBook(MongoClient client, String database, MongoOutboxStore outbox, Crash crash) {
    this.client = client;
    this.outbox = outbox;
    this.crash = crash;
    orders = client.getDatabase(database).getCollection("orders");
    totals = client.getDatabase(database).getCollection("totals");
  }

  /** What became of a request to place an order. */
  enum Placed {
    NOW,
    BEFORE,
    /** Another order has its id. */
    REFUSED
  }

  // sample: outbox-add
  /** The order and its event are there together, or neither is. */
  Placed place(Order order) {
    try (ClientSession session = client.startSession()) {
      session.withTransaction(
          () -> {
            orders.insertOne(session, document(order));
            PublishOptions options = PublishOptions.none().id(order.id()).key(order.customer());
            String id = outbox.add(session, Order.PLACED, order, options);
            crash.reach(Crash.Step.BEFORE_COMMIT);
            return id;
          });
      crash.reach(Crash.Step.AFTER_COMMIT);
      return Placed.NOW;
    } catch (MongoWriteException e) {
      if (ErrorCategory.fromErrorCode(e.getCode()) != ErrorCategory.DUPLICATE_KEY) {
        throw e;
      }
      return isStored(order) ? Placed.BEFORE : Placed.REFUSED;
    }
  }

  // end

  private boolean isStored(Order order) {
    Document stored = orders.find(Filters.eq("_id", order.id())).first();
    return stored != null && Objects.equals(stored, document(order));
  }

  private static Document document(Order order) {
    return new Document("_id", order.id())
        .append("customer", order.customer())
        .append("cents", order.cents());
  }

  // sample: count-once
  /** Runs in one transaction with the mark that the event is done. */
  void count(ClientSession session, Delivery<Order> delivery) {
    Order order = delivery.payload();
    totals.updateOne(
        session,
        Filters.eq("_id", order.customer()),
        Updates.combine(Updates.inc("cents", order.cents()), Updates.inc("orders", 1L)),
        new UpdateOptions().upsert(true));
    crash.reach(Crash.Step.IN_HANDLER);
  }
  // end
}
