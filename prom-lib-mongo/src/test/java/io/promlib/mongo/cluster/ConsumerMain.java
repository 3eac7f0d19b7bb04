package io.promlib.mongo.cluster;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One subscriber of a group, which works a while on each event, acks every other one durably, and
 * notes all of it. An event whose id begins with {@code kill} ends the process; one whose id begins
 * with {@code hold} is at work in its first attempt until the process is killed.
 */
final class ConsumerMain {
  private static final int KILLED = 9;

  private final Journal journal;
  private final String group;
  private final Executor afterWork;
  private final AtomicLong runs = new AtomicLong();

  private ConsumerMain(Journal journal, Settings settings) {
    this.journal = journal;
    group = settings.text("group");
    afterWork = CompletableFuture.delayedExecutor(settings.number("work"), TimeUnit.MILLISECONDS);
  }

  public static void main(String[] line) throws Exception {
    Settings settings = new Settings(line);
    Child child = new Child();
    Topic<String> topic = Topic.of(settings.text("topic"), String.class);
    try (Journal journal = new Journal(Path.of(settings.text("journal")), settings.text("who"));
        EventBus bus = SharedBus.open(settings)) {
      ConsumerMain consumer = new ConsumerMain(journal, settings);
      SubscribeOptions options =
          SubscribeOptions.builder()
              .startAt(StartAt.EARLIEST)
              .ordering(Ordering.valueOf(settings.text("ordering")))
              .concurrency(settings.number("concurrency"))
              .maxAttempts(settings.number("maxAttempts"))
              .backoff(Backoff.fixed(Duration.ofMillis(50)))
              .manualAck()
              .build();
      bus.subscribe(topic, consumer.group, options, Handler.async(consumer::handle));
      child.say("ready");
      child.awaitStop();
    }
  }

  private CompletionStage<?> handle(Delivery<String> delivery) {
    long run = runs.incrementAndGet();
    Began.note(journal, group, run, delivery);
    if (delivery.record().id().startsWith("kill")) {
      Runtime.getRuntime().halt(KILLED);
    }
    if (delivery.record().id().startsWith("hold") && delivery.attempt() == 1) {
      return new CompletableFuture<>();
    }
    return CompletableFuture.runAsync(() -> settle(delivery, run), afterWork);
  }

  private void settle(Delivery<String> delivery, long run) {
    journal.note(Note.Kind.ACKING, group, run);
    if (delivery.record().seq() % 2 == 0) {
      delivery
          .ackDurably()
          .whenComplete(
              (result, failure) -> acked(run, failure == null ? result.name() : "FAILED"));
    } else {
      AckResult result = delivery.ack();
      if (result != AckResult.OK) {
        acked(run, result.name());
      }
    }
  }

  private void acked(long run, String result) {
    journal.note(Note.Kind.ACKED, group, run, result);
  }
}
