package io.promlib.mongo.cluster;

import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One subscriber of a group, which acks durably and notes both ends of it. An event whose id begins
 * with {@code kill} ends the process.
 */
final class ConsumerMain {
  private static final int KILLED = 9;

  private final Journal journal;
  private final String group;
  private final AtomicLong runs = new AtomicLong();

  private ConsumerMain(Journal journal, String group) {
    this.journal = journal;
    this.group = group;
  }

  public static void main(String[] line) throws Exception {
    Settings settings = new Settings(line);
    Child child = new Child();
    Topic<String> topic = Topic.of(settings.text("topic"), String.class);
    try (Journal journal = new Journal(Path.of(settings.text("journal")), settings.text("who"));
        EventBus bus = SharedBus.open(settings)) {
      ConsumerMain consumer = new ConsumerMain(journal, settings.text("group"));
      SubscribeOptions options =
          SubscribeOptions.builder()
              .startAt(StartAt.EARLIEST)
              .ordering(Ordering.valueOf(settings.text("ordering")))
              .concurrency(settings.number("concurrency"))
              .maxAttempts(settings.number("maxAttempts"))
              .backoff(Backoff.fixed(Duration.ofMillis(50)))
              .manualAck()
              .build();
      bus.subscribe(topic, consumer.group, options, consumer::handle);
      child.say("ready");
      child.awaitStop();
    }
  }

  private void handle(Delivery<String> delivery) {
    long run = runs.incrementAndGet();
    Began.note(journal, group, run, delivery);
    if (delivery.record().id().startsWith("kill")) {
      Runtime.getRuntime().halt(KILLED);
    }
    journal.note(Note.Kind.ACKING, group, run);
    delivery
        .ackDurably()
        .whenComplete(
            (result, failure) ->
                journal.note(
                    Note.Kind.ACKED, group, run, failure == null ? result.name() : "FAILED"));
  }
}
