package io.promlib.examples.bench;

import io.promlib.bus.EventBus;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.TailOptions;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.store.TopicSettings;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code bench memory}: the heap that the bus in memory takes for what it holds. */
final class MemoryBench implements Command {
  private static final int SUBSCRIBERS = 5_000;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String summary() {
    return "the heap that the bus in memory takes for events, groups and tails";
  }

  @Override
  public String help() {
    return """
    bench memory [options]

    What is in use after a GC, in this JVM: give it a heap that holds the events.

      --events <n>        events of one topic (200000)
      --bytes <n>         JSON bytes of each payload (200)
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out) {
    Args args = Args.parse(line, Set.of("events", "bytes"), Set.of());
    int events = args.number("events", 200_000, 1_000, 100_000_000);
    int bytes = args.number("bytes", 200, 2, 1_000_000);
    try (EventBus bus = EventBus.inMemory()) {
      Topic<Payload> topic = new Topic<>("bench.memory", Payload.class);
      bus.admin()
          .configure(
              topic.name(), TopicSettings.IN_MEMORY.maxEvents(events).maxBytes(Long.MAX_VALUE));
      bus.publish(topic, payload(bytes));
      long before = used();
      for (int i = 1; i < events; i++) {
        bus.publish(topic, payload(bytes));
      }
      before =
          line("event of " + bytes + " bytes of JSON, its id made by the bus", events, before, out);
      Topic<Payload> named = new Topic<>("bench.named", Payload.class);
      bus.admin()
          .configure(
              named.name(), TopicSettings.IN_MEMORY.maxEvents(events).maxBytes(Long.MAX_VALUE));
      for (int i = 0; i < events; i++) {
        bus.publish(
            named, payload(bytes), PublishOptions.none().id("order-" + i).key("customer-" + i));
      }
      before = line("the same with an id and a key of its own", events, before, out);
      for (int i = 0; i < SUBSCRIBERS; i++) {
        bus.subscribe(topic, "group-" + i, SubscribeOptions.defaults(), delivery -> {});
      }
      before = line("idle group with a subscriber", SUBSCRIBERS, before, out);
      for (int i = 0; i < SUBSCRIBERS; i++) {
        bus.tail(topic, TailOptions.defaults(), event -> {});
      }
      line("idle tail", SUBSCRIBERS, before, out);
    }
    return 0;
  }

  private static Payload payload(int bytes) {
    return Payload.json("\"" + "x".repeat(bytes - 2) + "\"");
  }

  private static long line(String what, int count, long before, PrintStream out) {
    long now = used();
    out.printf(Locale.ROOT, "%-60s %8.0f bytes%n", what, (now - before) / (double) count);
    return now;
  }

  private static long used() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
