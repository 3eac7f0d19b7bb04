package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.Ordering;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.HandTurnedWorkers;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.codecs.DocumentCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups at work, whose every state is encoded as it would be for MongoDB. */
@Timeout(600)
class GroupDocumentSizeTest {
  private static final Topic<String> TOPIC = Topic.of("t", String.class);
  private static final GroupKey GROUP = new GroupKey("t", "g");
  private static final int AT_ONCE = 4000;
  private static final int BATCH = 1000;
  private static final int STEP = 250;

  private final ManualClock clock = new ManualClock();
  private final Measuring groups = new Measuring();
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private final List<Delivery<String>> held = new ArrayList<>();
  private final Random random = new Random(4);
  private int settled;

  @Test
  void aMillionAcksOutOfOrderKeepTheDocumentSmall() {
    work(Ordering.NONE, 1_000_000);
  }

  @Test
  void soDoAcksOutOfOrderInSlots() {
    work(Ordering.KEY, 50_000);
  }

  private void work(Ordering ordering, int count) {
    try (InMemoryEventStore events = new InMemoryEventStore();
        EventBus bus =
            EventBus.builder()
                .stores(events, groups)
                .timing(clock)
                .workers(workers)
                .ackDelay(Duration.ofMillis(100))
                .build()) {
      SubscribeOptions options =
          SubscribeOptions.builder()
              .startAt(StartAt.EARLIEST)
              .ordering(ordering)
              .manualAck()
              .maxInFlight(AT_ONCE)
              .batchSize(AT_ONCE)
              .concurrency(AT_ONCE)
              .ackDeadline(Duration.ofHours(12))
              .backoff(Backoff.fixed(Duration.ofMillis(300)))
              .maxAttempts(50)
              .build();
      bus.subscribe(TOPIC, GROUP.group(), options, held::add);
      for (int done = 0; done < count; done += BATCH) {
        publish(bus, done);
        step();
        settle(AT_ONCE - BATCH);
      }
      while (groups.floor() < count) {
        settle(0);
        step();
      }
    }
    System.out.println(
        ordering
            + ": the largest document had "
            + groups.largest
            + " bytes, the most ranges were "
            + groups.mostRanges);
    assertThat(groups.largest).isLessThan(64 << 10);
    assertThat(groups.mostUnfinished).isGreaterThan(AT_ONCE - BATCH);
    assertThat(groups.mostRanges).isGreaterThan(500);
  }

  private static void publish(EventBus bus, int from) {
    List<Message<String>> messages = new ArrayList<>(BATCH);
    for (int i = from; i < from + BATCH; i++) {
      messages.add(Message.of("x", PublishOptions.none().key("key " + i)));
    }
    bus.publishAll(TOPIC, messages);
  }

  private void step() {
    workers.runAll();
    clock.advance(Duration.ofMillis(100));
    workers.runAll();
  }

  /** Settles any of those held, now one and then another, until so many are left. */
  private void settle(int left) {
    while (held.size() > left) {
      int at = random.nextInt(held.size());
      Delivery<String> one = held.get(at);
      held.set(at, held.get(held.size() - 1));
      held.remove(held.size() - 1);
      if (random.nextInt(20) == 0) {
        one.nack("not now " + random.nextInt(), Duration.ofMillis(random.nextInt(10_000)));
      } else {
        one.ack();
      }
      if (++settled % STEP == 0) {
        step();
      }
    }
  }

  /** Keeps states in memory, encodes each, and sees that it comes back. */
  private static final class Measuring implements GroupStore {
    private final InMemoryGroupStore real = new InMemoryGroupStore();
    private int largest;
    private int mostRanges;
    private long mostUnfinished;
    private int writes;

    long floor() {
      return real.load(GROUP).orElseThrow().state().floor();
    }

    @Override
    public Optional<Versioned> compareAndSet(
        GroupKey group, @Nullable Version expected, GroupState next) {
      Version version = new Version(writes++, writes);
      Document fields = GroupDocument.fields(group, next, version);
      largest =
          Math.max(
              largest,
              new RawBsonDocument(fields, new DocumentCodec()).getByteBuffer().remaining());
      mostUnfinished = Math.max(mostUnfinished, next.unfinished());
      mostRanges =
          Math.max(mostRanges, next.claims().stream().mapToInt(c -> c.fresh().ranges()).sum());
      if (writes % 50 == 0) {
        assertThat(GroupDocument.read(fields)).isEqualTo(new Versioned(next, version));
      }
      return real.compareAndSet(group, expected, next);
    }

    @Override
    public Optional<Versioned> load(GroupKey group) {
      return real.load(group);
    }

    @Override
    public boolean delete(GroupKey group, Version expected) {
      return real.delete(group, expected);
    }

    @Override
    public List<GroupKey> list() {
      return real.list();
    }

    @Override
    public Map<String, Versioned> loadAll(String topic) {
      return real.loadAll(topic);
    }

    @Override
    public List<GroupKey> expired(long now) {
      return real.expired(now);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
