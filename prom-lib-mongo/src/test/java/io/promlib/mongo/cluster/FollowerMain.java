package io.promlib.mongo.cluster;

import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Topic;
import io.promlib.store.Ordering;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Follows a topic from its beginning, in a group of its own in order and in a shared one. */
final class FollowerMain {
  private FollowerMain() {}

  public static void main(String[] line) throws Exception {
    Settings settings = new Settings(line);
    Child child = new Child();
    Topic<String> topic = Topic.of(settings.text("topic"), String.class);
    try (Journal journal = new Journal(Path.of(settings.text("journal")), settings.text("who"));
        EventBus bus = SharedBus.open(settings)) {
      String own = settings.text("own");
      AtomicLong runs = new AtomicLong();
      bus.subscribe(
          topic,
          own,
          SubscribeOptions.builder().startAt(StartAt.EARLIEST).ordering(Ordering.TOPIC).build(),
          delivery -> note(journal, own, runs, delivery));
      String shared = settings.text("shared");
      bus.subscribe(
          topic,
          shared,
          SubscribeOptions.builder().startAt(StartAt.EARLIEST).concurrency(4).build(),
          delivery -> note(journal, shared, runs, delivery));
      child.say("ready");
      child.awaitStop();
    }
  }

  private static void note(
      Journal journal, String group, AtomicLong runs, Delivery<String> delivery) {
    Began.note(journal, group, runs.incrementAndGet(), delivery);
  }
}
