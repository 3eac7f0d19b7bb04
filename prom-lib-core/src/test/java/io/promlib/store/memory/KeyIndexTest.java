package io.promlib.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.event.Utf8;
import io.promlib.store.Draft;
import io.promlib.store.LatestPage;
import io.promlib.store.TopicSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyIndexTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void itHoldsWhatASortedMapWould(long seed) {
    Random random = new Random(seed);
    KeyIndex index = new KeyIndex();
    NavigableMap<String, NavigableSet<Long>> model = new TreeMap<>(Utf8::compare);
    int keys = 1 + random.nextInt(40);
    for (long seq = 1; seq <= 1000; seq++) {
      String key = "k" + random.nextInt(keys);
      index.add(key, seq);
      model.computeIfAbsent(key, any -> new TreeSet<>()).add(seq);
      while (random.nextInt(100) < 49 && !model.isEmpty()) {
        removeOne(random, index, model);
      }
      String asked = "k" + random.nextInt(keys);
      long atMost = random.nextLong(seq + 2);
      Long expected = model.getOrDefault(asked, new TreeSet<>()).floor(atMost);
      assertThat(index.latest(asked, atMost)).isEqualTo(expected == null ? 0 : expected);
      if (random.nextInt(20) == 0) {
        assertThat(behind(index, asked))
            .isEqualTo(List.copyOf(model.tailMap(asked, false).keySet()));
        assertThat(behind(index, null)).isEqualTo(List.copyOf(model.keySet()));
      }
    }
  }

  private static void removeOne(
      Random random, KeyIndex index, NavigableMap<String, NavigableSet<Long>> model) {
    List<String> keys = List.copyOf(model.keySet());
    String key = keys.get(random.nextInt(keys.size()));
    NavigableSet<Long> known = model.get(key);
    List<Long> seqs = List.copyOf(known);
    Long gone = random.nextBoolean() ? seqs.get(0) : seqs.get(random.nextInt(seqs.size()));
    index.remove(key, gone);
    index.remove(key, gone);
    index.remove("nobody", gone);
    known.remove(gone);
    if (known.isEmpty()) {
      model.remove(key);
    }
  }

  private static List<String> behind(KeyIndex index, @Nullable String after) {
    List<String> keys = new ArrayList<>();
    index.behind(after).forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void whatAKeyHadAsOfAPositionIsNoSearchThroughTheTopic() {
    long begun = THREADS.getCurrentThreadCpuTime();
    int keys = 100_000;
    InMemoryEventStore store =
        new InMemoryEventStore(
            InMemoryLimits.defaults().budget(1L << 30).settings(TopicSettings.UNLIMITED));
    for (int from = 0; from < keys; from += 1000) {
      List<Draft> drafts = new ArrayList<>();
      for (int i = from; i < from + 1000; i++) {
        EventMeta meta = new EventMeta("k" + i, Map.of(), List.of(), List.of(), null);
        drafts.add(new Draft("id-" + i, false, 0, Payload.NULL, meta));
      }
      store.append("t", drafts, 0);
    }
    long half = keys / 2;
    long found =
        IntStream.range(0, keys).filter(i -> store.latest("t", "k" + i, half).isPresent()).count();
    assertThat(found).isEqualTo(half);

    int seen = 0;
    String after = null;
    do {
      LatestPage page = store.latestPage("t", after, 100, half);
      seen += page.events().size();
      after = page.next();
    } while (after != null);
    assertThat(seen).isEqualTo((int) half);
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - begun))
        .isLessThan(Duration.ofSeconds(10));
  }
}
