package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Sixteen writers in four processes whose clocks disagree, and readers in two others. */
class SharedTopicTest {
  private static final int PROCESSES = 4;
  private static final int THREADS = 4;
  private static final List<Duration> SKEWS =
      List.of(
          Duration.ofSeconds(-5),
          Duration.ofMillis(-1_500),
          Duration.ofMillis(1_500),
          Duration.ofSeconds(5));
  private static final List<String> OWN = List.of("own-0", "own-1");
  private static final String SHARED = "shared";

  @Test
  void everyEventComesOnceToEachGroupInOrderWithoutAGap() throws Exception {
    int each = Sizes.events() / (PROCESSES * THREADS);
    int total = each * PROCESSES * THREADS;
    Database database = Database.fresh();
    String topic = "cluster.shared";
    try (EventBus bus = database.open();
        Cluster cluster = new Cluster("shared-topic", database.settings(topic))) {
      for (Duration skew : SKEWS) {
        cluster.start(
            "writer",
            WriterMain.class,
            Map.of(
                "threads",
                THREADS,
                "each",
                each,
                "window",
                16,
                "keys",
                50,
                "skew",
                skew.toMillis()));
      }
      for (String own : OWN) {
        cluster.start("follower", FollowerMain.class, Map.of("own", own, "shared", SHARED));
      }
      cluster.awaitReady(Sizes.patience());
      cluster.go();

      Progress.await(() -> allAreDone(bus, topic, total));
      cluster.stop(Sizes.patience());

      List<Note> notes = cluster.journal().notes();
      Map<String, Long> published = published(notes);
      List<EventRecord> stored = Topics.all(bus, topic);
      assertThat(stored)
          .extracting(EventRecord::seq)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, total).boxed().toList());
      assertThat(stored).extracting(EventRecord::at).isSorted();
      assertThat(stored).extracting(EventRecord::id).doesNotHaveDuplicates();
      assertThat(published).hasSize(total);
      assertThat(stored)
          .allSatisfy(event -> assertThat(published.get(event.id())).isEqualTo(event.seq()));
      for (String own : OWN) {
        List<Execution> got = Executions.of(own, notes).all();
        assertThat(got)
            .extracting(Execution::seq)
            .containsExactlyElementsOf(stored.stream().map(EventRecord::seq).toList());
        assertThat(got)
            .extracting(Execution::id)
            .containsExactlyElementsOf(stored.stream().map(EventRecord::id).toList());
        assertThat(got).allSatisfy(one -> assertThat(one.attempt()).isEqualTo(1));
      }
      List<Execution> shared = Executions.of(SHARED, notes).all();
      assertThat(shared)
          .extracting(Execution::seq)
          .containsExactlyInAnyOrderElementsOf(stored.stream().map(EventRecord::seq).toList());
      assertThat(shared).allSatisfy(one -> assertThat(one.attempt()).isEqualTo(1));
    }
  }

  private static boolean allAreDone(EventBus bus, String topic, int total) {
    List<String> groups = new ArrayList<>(OWN);
    groups.add(SHARED);
    return groups.stream().allMatch(group -> Topics.floor(bus, topic, group) == total);
  }

  private static Map<String, Long> published(List<Note> notes) {
    Map<String, Long> published = new HashMap<>();
    notes.stream()
        .filter(note -> note.kind() == Note.Kind.PUBLISHED)
        .forEach(note -> published.put(note.word(0), note.number(1)));
    return published;
  }
}
