package io.promlib.examples;

import com.mongodb.client.MongoClient;
import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.mongo.MongoEventBus;
import io.promlib.mongo.MongoOutboxStore;
import io.promlib.outbox.OutboxDrainer;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code event-hub}: the bus on MongoDB behind a WebSocket gateway and an HTTP edge, with an ops
 * page.
 */
final class EventHub implements Command {

  @Override
  public String name() {
    return "event-hub";
  }

  @Override
  public String summary() {
    return "a bus on MongoDB, shared with other hubs, behind a WebSocket gateway and HTTP";
  }

  @Override
  public String help() {
    return """
    event-hub

    Runs until Ctrl-C. Any number of hubs share one database: what is published at one is delivered
    at all, groups too are shared, and both outlive every hub. What services of yours add to the
    outbox there is published by whichever hub is first. The environment sets:

      MONGO_URL      the replica set and the database in it (mongodb://127.0.0.1:27017/prom)
    """
        + EdgeSettings.HELP;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args.parse(line, Set.of(), Set.of());
    Environment variables = new Environment(environment);
    EdgeSettings settings = EdgeSettings.of(variables);
    Authenticator access = Access.of(variables);
    MongoUrl mongo = MongoUrl.of(variables);
    try (Ending ending = new Ending();
        MongoClient client = mongo.connect();
        PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
        EventBus bus =
            mongo.usable(
                () ->
                    MongoEventBus.builder(client, mongo.database())
                        .bus(parts -> parts.listener(metrics.busListener()))
                        .open());
        MongoOutboxStore outbox =
            mongo.usable(() -> MongoOutboxStore.builder(client, mongo.database()).build());
        OutboxDrainer drainer =
            OutboxDrainer.builder(outbox)
                .to(bus)
                .listener(metrics.outboxListener())
                .build()
                .start();
        Edges edges = Edges.open(bus, settings, access, metrics, outbox)) {
      out.println("gateway  " + edges.wsAddress());
      out.println("http     " + edges.httpAddress());
      out.println("ops      " + edges.opsAddress());
      out.println("mongo    " + mongo);
      out.println("outbox   drained as " + drainer.owner());
      ending.await(0);
    }
    return 0;
  }
}
