package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two stores on one database, as two processes have them. */
@Timeout(600)
class SharedTopicsTest {
  private static final int THREADS = 4;
  private static final int APPENDS = 40;

  private final List<MongoEventStore> stores = new ArrayList<>();

  @BeforeEach
  void open() {
    MongoDatabase database = TestMongo.freshDatabase();
    for (int i = 0; i < 2; i++) {
      stores.add(
          MongoEventStore.builder(database)
              .client(TestMongo.client())
              .timeout(Duration.ofSeconds(60))
              .wakeUps(WakeUp.NONE)
              .build());
    }
  }

  @AfterEach
  void close() {
    stores.forEach(MongoEventStore::close);
  }

  @Test
  void appendsOfManyThreadsWithDuplicatesMakeOneSequenceInTheOrderOfTheirAnswers()
      throws Exception {
    Map<String, Published> placed = new ConcurrentHashMap<>();
    Set<String> twice = ConcurrentHashMap.newKeySet();
    Set<String> outOfOrder = ConcurrentHashMap.newKeySet();
    together(
        thread -> {
          MongoEventStore store = stores.get(thread % 2);
          long last = 0;
          for (int i = 0; i < APPENDS; i++) {
            // Every other event is published by two threads, of which one is to place it.
            String shared = "shared-" + (thread / 2) + "-" + i;
            List<Draft> events =
                List.of(Events.event("own-" + thread + "-" + i), Events.event(shared));
            for (Published published : store.append(TOPIC, events, NOW)) {
              if (!published.duplicate() && placed.put(published.id(), published) != null) {
                twice.add(published.id());
              }
            }
            Published own = placed.get("own-" + thread + "-" + i);
            if (own == null || own.seq() <= last) {
              outOfOrder.add("own-" + thread + "-" + i);
            } else {
              last = own.seq();
            }
          }
        });

    int expected = THREADS * APPENDS + THREADS / 2 * APPENDS;
    assertThat(twice).isEmpty();
    assertThat(outOfOrder).isEmpty();
    assertThat(placed).hasSize(expected);
    List<EventRecord> all = Events.all(stores.get(0), TOPIC);
    assertThat(all)
        .extracting(EventRecord::seq)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, expected).boxed().toList());
    assertThat(new HashSet<>(all.stream().map(EventRecord::id).toList()))
        .isEqualTo(placed.keySet());
    all.forEach(event -> assertThat(placed.get(event.id()).seq()).isEqualTo(event.seq()));
  }

  @Test
  void aTopicThatRefusesWhatIsTooMuchIsNeverFullerThanItMayBe() throws Exception {
    stores.get(0).configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(20).overflow(Overflow.REJECT));
    together(
        thread -> {
          for (int i = 0; i < 10; i++) {
            stores.get(thread % 2).append(TOPIC, Events.events(thread + "-" + i + "-", 3), NOW);
          }
        });

    assertThat(stores.get(1).extent(TOPIC).count()).isEqualTo(20);
  }

  @Test
  void settingsAndRemovalsOfOneAreSeenByTheOther() {
    stores.get(0).append(TOPIC, Events.events("a", 5), NOW);
    stores.get(0).removeBelow(TOPIC, 6);
    stores.get(0).configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(7));

    assertThat(stores.get(1).bounds(TOPIC).first()).isEqualTo(6);
    assertThat(stores.get(1).settings(TOPIC).maxEvents()).isEqualTo(7);
    assertThat(stores.get(1).append(TOPIC, Events.events("b", 1), NOW).get(0).seq()).isEqualTo(6);
    assertThat(Events.seqs(stores.get(0), TOPIC)).containsExactly(6L);
  }

  private interface Work {
    void run(int thread);
  }

  private static void together(Work work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        running.add(executor.submit(() -> work.run(thread)));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
