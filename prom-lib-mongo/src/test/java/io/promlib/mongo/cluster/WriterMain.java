package io.promlib.mongo.cluster;

import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Publishes in several threads: so many events each, or until it is stopped if that is 0. */
final class WriterMain {
  private WriterMain() {}

  public static void main(String[] line) throws Exception {
    Settings settings = new Settings(line);
    Child child = new Child();
    String who = settings.text("who");
    Topic<String> topic = Topic.of(settings.text("topic"), String.class);
    try (Journal journal = new Journal(Path.of(settings.text("journal")), who);
        EventBus bus = SharedBus.open(settings)) {
      // Connects and loads what publishing takes, so that all begin alike.
      bus.publish(Topic.of("warm." + who, String.class), "warm");
      child.say("ready");
      child.awaitGo();
      List<Thread> threads = new ArrayList<>();
      for (int number = 0; number < settings.number("threads"); number++) {
        String prefix = who + "-" + number + "-";
        Publisher publisher = new Publisher(bus, topic, journal, settings.number("window"));
        Thread thread = new Thread(() -> publish(publisher, prefix, settings, child), prefix);
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      child.awaitStop();
    }
  }

  private static void publish(Publisher publisher, String prefix, Settings settings, Child child) {
    int each = settings.number("each");
    try {
      for (int n = 0; each == 0 ? !child.isStopped() : n < each; n++) {
        publisher.publish(prefix + n, "key-" + n % settings.number("keys"));
      }
      publisher.finish();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
