package io.promlib.bus.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.promlib.PromException;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;
import io.promlib.bus.PublishException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.bus.internal.SimProcess.Odds;
import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.Ordering;
import io.promlib.store.TopicSettings;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Processes over one pair of stores, on one thread and one seed: what happens, in which order, what
 * fails and who dies in the middle of which call is drawn from it.
 */
final class Simulation {
  private static final Topic<JsonNode> TOPIC = Topic.raw("orders");
  private static final Filter.Match TAGGED = new Filter.Match(null, List.of("x"), Map.of());
  private static final int DEEPEST = 3;

  private record Group(String name, Ordering ordering, boolean filtered, int maxAttempts) {}

  /** What a subscriber does later; a lease may be forgotten, but a handler that began ends. */
  private record Settling(boolean mayBeForgotten, Runnable settle) {}

  private final Random random;
  private final ManualClock clock = new ManualClock();
  private final InMemoryEventStore events = new InMemoryEventStore();
  private final InMemoryGroupStore stored = new InMemoryGroupStore();
  private final List<Group> groups = new ArrayList<>();
  private final Map<String, Ledger> ledgers = new LinkedHashMap<>();
  private final Set<String> lettersEver = new HashSet<>();
  private final List<SimProcess> processes = new ArrayList<>();
  private final List<Settling> pending = new ArrayList<>();
  private final int steps;
  private final boolean redrives;
  private Odds odds;
  private boolean calm;
  private int depth;
  private int started;
  private int published;

  Simulation(long seed) {
    random = new Random(seed);
    odds =
        new Odds(pick(0, 0.002, 0.01), pick(0, 0.01, 0.05), pick(0, 0.02, 0.1), pick(0, 0.05, 0.2));
    steps = 100 + random.nextInt(300);
    redrives = random.nextInt(3) == 0;
    if (random.nextInt(6) == 0) {
      events.configure(TOPIC.name(), TopicSettings.IN_MEMORY.maxEvents(20));
    }
    events.onAppend(Names.deadLetterTopic(TOPIC.name()), this::noteLetters);
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      Ordering ordering =
          List.of(Ordering.NONE, Ordering.KEY, Ordering.KEY, Ordering.TOPIC).get(random.nextInt(4));
      addGroup(new Group("g" + i, ordering, chance(0.3), 1 + random.nextInt(4)));
    }
    int size = 1 + random.nextInt(4);
    for (int i = 0; i < size; i++) {
      processes.add(process());
    }
  }

  /** Plays it all; throws an {@link AssertionError} where a promise is broken. */
  void run() {
    for (int i = 0; i < steps; i++) {
      act();
      ledgers.values().forEach(Ledger::stillHolds);
      if (chance(0.02)) {
        restart(random.nextInt(processes.size()));
      }
    }
    letRunOut();
  }

  private void letRunOut() {
    calm = true;
    odds = Odds.CALM;
    for (int i = 0; i < processes.size(); i++) {
      if (processes.get(i).isOver()) {
        processes.set(i, process());
      }
    }
    SimProcess last = processes.get(0);
    groups.forEach(group -> subscribe(last, group));
    processes.forEach(process -> process.subscriptions.forEach(Subscription::resume));
    pending.removeIf(settling -> settling.mayBeForgotten() && chance(0.5));
    for (int i = 0; i < 400; i++) {
      for (Settling settling : List.copyOf(pending)) {
        settling.settle().run();
      }
      pending.clear();
      runAllTasks();
      clock.advance(Duration.ofMillis(250));
      if (redrives && i == 100) {
        /* A redrive is seen at once by the process that made it, by others when they next write. */
        publish();
      }
    }
    ledgers.forEach(
        (name, ledger) -> {
          ledger.stillHolds();
          require(ledger.missing().isEmpty(), "a group is stuck:", name, ledger.missing());
          ledger.letterIsThereOnce();
          ledger.stillHolds();
        });
  }

  private void runAllTasks() {
    int left = 5_000;
    for (boolean more = true; more; ) {
      more = false;
      for (SimProcess process : processes) {
        if (process.hasTasks()) {
          process.runOne();
          more = true;
          require(left-- > 0, "it never comes to rest:", process.name);
        }
      }
    }
  }

  /** Something happens somewhere. */
  private void act() {
    if (depth > DEEPEST || calm) {
      return;
    }
    depth++;
    try {
      SimProcess process = processes.get(random.nextInt(processes.size()));
      int dice = random.nextInt(100);
      if (process.isOver()) {
        runSome();
      } else if (dice < 15) {
        process.attempt(this::publish);
      } else if (dice < 25) {
        clock.advance(Duration.ofMillis((long) pick(1, 20, 300, 1500, 4000)));
      } else if (dice < 35) {
        settleOne();
      } else if (dice < 40) {
        subscribeSome(process);
      } else if (dice < 43) {
        endSome(process);
      } else if (dice < 45) {
        process.attempt(() -> tolerant(() -> view(process)));
      } else if (dice < 48 && redrives) {
        process.attempt(() -> tolerant(() -> redrive(process)));
      } else if (dice < 52) {
        /* In a group with slots the process then gives away all, also those that it works on. */
        process.subscriptions.forEach(chance(0.6) ? Subscription::pause : Subscription::resume);
      } else {
        runSome();
      }
    } finally {
      depth--;
    }
  }

  private void runSome() {
    for (int i = random.nextInt(4); i >= 0; i--) {
      SimProcess process = processes.get(random.nextInt(processes.size()));
      if (process.hasTasks()) {
        process.runOne();
      }
    }
  }

  private void publish() {
    SimProcess process = processes.get(random.nextInt(processes.size()));
    if (process.isOver()) {
      return;
    }
    List<String> tags = chance(0.5) ? List.of("x") : List.of();
    PublishOptions options =
        PublishOptions.none()
            .id("e" + ++published)
            .key(chance(0.2) ? null : "k" + random.nextInt(3))
            .tags(tags);
    process.attempt(
        () -> {
          for (int tries = 0; tries < 20; tries++) {
            try {
              process.bus.publish(TOPIC, IntNode.valueOf(published), options);
              return;
            } catch (PublishException e) {
              require(e.ids().equals(List.of(options.id() + "")), "unknown ids", e.ids());
            }
          }
        });
  }

  private void settleOne() {
    if (!pending.isEmpty()) {
      pending.remove(random.nextInt(pending.size())).settle().run();
    }
  }

  private void subscribeSome(SimProcess process) {
    Group group = groups.get(random.nextInt(groups.size()));
    if (process.subscriptions.size() < 4) {
      process.attempt(() -> tolerant(() -> subscribe(process, group)));
    } else if (chance(0.5)) {
      process.subscriptions.get(random.nextInt(process.subscriptions.size())).pause();
    } else {
      process.subscriptions.get(random.nextInt(process.subscriptions.size())).resume();
    }
  }

  private void endSome(SimProcess process) {
    if (!process.subscriptions.isEmpty()) {
      Subscription one = process.subscriptions.remove(random.nextInt(process.subscriptions.size()));
      process.attempt(() -> tolerant(chance(0.5) ? one::close : one::abandon));
    }
  }

  private void view(SimProcess process) {
    process.bus.admin().groups(TOPIC.name());
  }

  private void redrive(SimProcess process) {
    process
        .bus
        .admin()
        .deadLetters(TOPIC.name())
        .list(1, 3)
        .forEach(letter -> process.bus.admin().deadLetters(TOPIC.name()).redrive(letter.id()));
  }

  private void restart(int index) {
    SimProcess old = processes.get(index);
    if (!old.isOver() && old.running == 0 && chance(0.5)) {
      old.closeBus();
    }
    old.kill();
    processes.set(index, process());
  }

  // ---------------------------------------------------------------- subscribers

  private void subscribe(SimProcess process, Group group) {
    boolean manual = chance(0.3);
    boolean async = chance(0.3);
    SubscribeOptions.Builder options =
        SubscribeOptions.builder()
            .startAt(StartAt.EARLIEST)
            .ordering(group.ordering())
            .maxAttempts(group.maxAttempts())
            .backoff(new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(1), 0))
            .ackDeadline(Duration.ofMillis((long) pick(200, 1000, 4000)))
            .concurrency(1 + random.nextInt(3))
            .batchSize(1 + random.nextInt(8))
            .maxInFlight(1 + random.nextInt(8));
    if (group.filtered()) {
      options.filter(TAGGED);
    }
    if (manual) {
      options.manualAck();
    }
    Handler<JsonNode> handler =
        async
            ? Handler.async(delivery -> begin(process, group, delivery, manual))
            : delivery -> handle(process, group, delivery, manual);
    process.subscriptions.add(process.bus.subscribe(TOPIC, group.name(), options.build(), handler));
  }

  private CompletableFuture<Void> begin(
      SimProcess process, Group group, Delivery<JsonNode> delivery, boolean manual)
      throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    process.running++;
    if (calm || chance(0.3)) {
      try {
        handle(process, group, delivery, manual);
      } finally {
        process.running--;
      }
      ended.complete(null);
      return ended;
    }
    ledger(group).started(process, lease(delivery));
    boolean fails = chance(0.3);
    Runnable end =
        () -> {
          process.running--;
          if (fails) {
            ended.completeExceptionally(new IllegalStateException("failed later"));
          } else {
            if (!manual) {
              ledger(group).handled(process, lease(delivery).key());
            }
            ended.complete(null);
          }
        };
    pending.add(new Settling(false, () -> process.attempt(end)));
    return ended;
  }

  private void settleLater(SimProcess process, Group group, Delivery<JsonNode> delivery) {
    pending.add(new Settling(true, () -> process.attempt(() -> settle(process, group, delivery))));
  }

  private void handle(
      SimProcess process, Group group, Delivery<JsonNode> delivery, boolean manual) {
    ledger(group).started(process, lease(delivery));
    process.running++;
    try {
      if (!calm && chance(0.1)) {
        clock.advance(Duration.ofMillis((long) pick(50, 500, 5000)));
        act();
      }
      if (manual && !calm && chance(0.6)) {
        settleLater(process, group, delivery);
        return;
      }
      if (!calm && chance(0.15)) {
        throw new IllegalStateException("failed");
      }
      if (manual || chance(0.5)) {
        settle(process, group, delivery);
      }
      if (!manual) {
        ledger(group).handled(process, lease(delivery).key());
      }
    } finally {
      process.running--;
    }
  }

  private void settle(SimProcess process, Group group, Delivery<JsonNode> delivery) {
    EventKey event = lease(delivery).key();
    int dice = calm ? 0 : random.nextInt(100);
    if (dice < 40) {
      if (delivery.ack() == AckResult.OK) {
        ledger(group).handled(process, event);
      }
    } else if (dice < 60) {
      ledgerAfter(process, group, delivery, event);
    } else if (dice < 80) {
      delivery.nack("nacked", Duration.ofMillis((long) pick(0, 100, 2000)));
    } else if (dice < 85) {
      delivery.terminate("no use");
    } else {
      delivery.extend(Duration.ofMillis((long) pick(100, 3000)));
      if (chance(0.5)) {
        settleLater(process, group, delivery);
      }
    }
  }

  private void ledgerAfter(
      SimProcess process, Group group, Delivery<JsonNode> delivery, EventKey event) {
    CompletableFuture<AckResult> answer = delivery.ackDurably().toCompletableFuture();
    AckResult now = answer.getNow(AckResult.UNKNOWN);
    if (!answer.isDone() || now == AckResult.OK) {
      ledger(group).handled(process, event);
    }
    CompletableFuture<Void> unused =
        answer.thenAccept(
            result -> {
              if (result == AckResult.OK && !process.isOver()) {
                ledger(group).durable(event);
              }
            });
  }

  // ---------------------------------------------------------------- making

  private void addGroup(Group group) {
    groups.add(group);
    ledgers.put(
        group.name(),
        new Ledger(
            new GroupKey(TOPIC.name(), group.name()),
            group.ordering(),
            group.filtered() ? TAGGED::matches : event -> true,
            events,
            stored,
            lettersEver));
  }

  private SimProcess process() {
    SimProcess made =
        new SimProcess(
            "p" + ++started,
            events,
            stored,
            (group, before, after) -> ledger(group.group()).wrote(before, after),
            clock,
            random,
            chance(0.5) ? Duration.ZERO : Duration.ofMillis(100),
            () -> odds,
            this::act);
    return made;
  }

  private void noteLetters() {
    String topic = Names.deadLetterTopic(TOPIC.name());
    long tail = events.bounds(topic).tail();
    for (EventRecord letter : events.read(topic, Math.max(1, tail - 50), 100).events()) {
      lettersEver.add(letter.id());
    }
  }

  private Ledger ledger(Group group) {
    return ledger(group.name());
  }

  private Ledger ledger(String group) {
    Ledger ledger = ledgers.get(group);
    if (ledger == null) {
      throw new AssertionError("no group " + group);
    }
    return ledger;
  }

  private static Lease lease(Delivery<?> delivery) {
    return (Lease) delivery;
  }

  private static void tolerant(Runnable action) {
    try {
      action.run();
    } catch (PromException e) {
      // the store failed, and the caller was told
    }
  }

  private boolean chance(double of) {
    return random.nextDouble() < of;
  }

  private double pick(double... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static void require(boolean holds, String broken, Object... arguments) {
    if (!holds) {
      throw new AssertionError(broken + " " + Arrays.toString(arguments));
    }
  }
}
