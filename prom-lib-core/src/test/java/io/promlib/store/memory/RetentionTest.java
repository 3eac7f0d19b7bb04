package io.promlib.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.LimitException;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.store.Draft;
import io.promlib.store.Overflow;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final TopicSettings OPEN = TopicSettings.UNLIMITED;
  private static final InMemoryLimits LIMITS =
      InMemoryLimits.defaults().settings(OPEN).budget(1L << 30);
  private static final List<Overflow> CHOICES = List.of(Overflow.values());
  private static final long LARGE = Sizes.RECORD + Sizes.STRING + 2 + 1000;

  private InMemoryEventStore store = new InMemoryEventStore(LIMITS);

  /* Limits of a topic. */

  @Test
  void theOldestGoWhenATopicHoldsItsMostEvents() {
    store.configure("t", OPEN.maxEvents(3));
    append("t", 5);

    assertThat(seqs("t")).containsExactly(3L, 4L, 5L);
    assertThat(store.extent("t").first()).isEqualTo(3);
    assertThat(store.extent("t").count()).isEqualTo(3);
  }

  @Test
  void theOldestGoWhenATopicHoldsItsMostBytes() {
    store.configure("t", OPEN.maxBytes(3 * LARGE));
    for (int i = 0; i < 5; i++) {
      store.append("t", List.of(large()), 0);
    }

    assertThat(seqs("t")).containsExactly(3L, 4L, 5L);
    assertThat(store.extent("t").bytes()).isEqualTo(3 * LARGE);
  }

  @Test
  void holesDoNotCountAsEvents() {
    store.configure("t", OPEN.maxEvents(3));
    append("t", 3);
    store.remove("t", List.of(2L));
    append("t", 1);
    assertThat(seqs("t")).containsExactly(1L, 3L, 4L);

    append("t", 1);
    assertThat(seqs("t")).containsExactly(3L, 4L, 5L);
  }

  @Test
  void anEventThatIsLargerThanItsTopicIsNotAppendedAndDropsNothing() {
    for (Overflow overflow : Overflow.values()) {
      String topic = "t-" + overflow;
      store.configure(topic, OPEN.maxBytes(LARGE - 1).overflow(overflow));
      append(topic, 2);

      assertThat(store.append(topic, List.of(large()), 0)).isEmpty();
      assertThat(seqs(topic)).containsExactly(1L, 2L);
    }
  }

  @Test
  void lowerLimitsHoldFromTheNextAppendOn() {
    append("t", 300);
    store.configure("t", OPEN.maxEvents(2));
    assertThat(store.extent("t").count()).isEqualTo(300);

    append("t", 1);
    assertThat(seqs("t")).containsExactly(300L, 301L);
  }

  @Test
  void aFullTopicOfBytesTakesThePrefixThatFits() {
    for (Overflow overflow : List.of(Overflow.BLOCK, Overflow.REJECT)) {
      String topic = "t-" + overflow;
      store.configure(topic, OPEN.maxBytes(2 * LARGE).overflow(overflow));

      assertThat(store.append(topic, List.of(large(), large(), large()), 0)).hasSize(2);
      store.removeBelow(topic, 2);
      assertThat(store.append(topic, List.of(large()), 0)).hasSize(1);
    }
  }

  @Test
  void aReaderThatIsBehindIsToldWhatWasRemoved() {
    store.configure("t", OPEN.maxEvents(3));
    append("t", 10);

    Page page = store.read("t", 2, 2);

    assertThat(page.first()).isEqualTo(8);
    assertThat(page.events()).extracting(EventRecord::seq).containsExactly(8L, 9L);
  }

  @Test
  void theLatestOfAKeyGoesWithItsEvent() {
    store.configure("t", OPEN.maxEvents(2));
    store.append("t", List.of(keyed("old"), keyed("new"), keyed("new")), 0);

    assertThat(store.latest("t", "old")).isEmpty();
    assertThat(store.latest("t", "new")).map(EventRecord::seq).hasValue(3L);
  }

  /* The budget. */

  @Test
  void atTheBudgetTheTopicThatIsPublishedToDropsItsOwnOldest() {
    store = new InMemoryEventStore(LIMITS.budget(10 * LARGE));
    for (int i = 0; i < 5; i++) {
      store.append("idle", List.of(large()), 0);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(store.append("busy", List.of(large()), 0)).hasSize(1);
    }

    assertThat(store.extent("idle").count()).isEqualTo(5);
    assertThat(seqs("busy")).containsExactly(16L, 17L, 18L, 19L, 20L);
    assertThat(store.usedBytes()).isEqualTo(10 * LARGE);
  }

  @Test
  void atTheBudgetATopicThatMayNotDropIsFull() {
    for (Overflow overflow : List.of(Overflow.BLOCK, Overflow.REJECT)) {
      store = new InMemoryEventStore(LIMITS.budget(3 * LARGE));
      store.configure("t", OPEN.overflow(overflow));

      assertThat(store.append("t", List.of(large(), large(), large(), large()), 0)).hasSize(3);
      assertThat(store.append("t", List.of(large()), 0)).isEmpty();
      store.removeBelow("t", 2);
      assertThat(store.append("t", List.of(large()), 0)).hasSize(1);
    }
  }

  @Test
  void atTheBudgetATopicWithNothingToDropIsFull() {
    store = new InMemoryEventStore(LIMITS.budget(3 * LARGE));
    store.append("other", List.of(large(), large(), large()), 0);

    assertThat(store.append("t", List.of(large()), 0)).isEmpty();
    assertThat(store.extent("other").count()).isEqualTo(3);
  }

  @Test
  void anEventThatTheBudgetCannotHoldDropsNothing() {
    store = new InMemoryEventStore(LIMITS.budget(3 * LARGE));
    store.append("other", List.of(large(), large()), 0);
    append("t", 2);
    store.configure("t", OPEN.maxEvents(2));

    Draft huge = draft("h", false, Payload.json("\"" + "x".repeat(1200) + "\""), EventMeta.NONE);
    assertThat(store.append("t", List.of(huge), 0)).isEmpty();
    assertThat(seqs("t")).containsExactly(1L, 2L);
  }

  @Test
  void theBudgetHoldsWhateverManyThreadsPublish() {
    store = new InMemoryEventStore(LIMITS.budget(50 * LARGE));
    IntStream.range(0, 4)
        .parallel()
        .forEach(
            thread -> {
              for (int i = 0; i < 2000; i++) {
                store.append("t" + thread, List.of(large()), 0);
                assertThat(store.usedBytes()).isLessThanOrEqualTo(50 * LARGE);
              }
            });

    assertThat(store.usedBytes()).isLessThanOrEqualTo(50 * LARGE);
    assertThat(store.usedBytes())
        .isEqualTo(IntStream.range(0, 4).mapToLong(i -> store.extent("t" + i).bytes()).sum());
  }

  /* What an event counts. */

  @Test
  void aPayloadCountsItsJsonOrWhatTheSizerSays() {
    store = new InMemoryEventStore(LIMITS.sizer(object -> ((String) object).length() * 10L));
    long json = bytesOf(draft("a", false, Payload.json("[1,2]"), EventMeta.NONE));
    long object = bytesOf(draft("b", false, Payload.of("12345"), EventMeta.NONE));
    Payload encoded = Payload.of("12345");
    assertThat(encoded.bytes()).hasSize(7);

    assertThat(object - json).isEqualTo(50 - 5);
    assertThat(bytesOf(draft("c", false, encoded, EventMeta.NONE)) - json).isEqualTo(7 - 5);
  }

  @Test
  void anObjectCounts256BytesWithoutASizer() {
    long json = bytesOf(draft("a", false, Payload.json("[]"), EventMeta.NONE));

    assertThat(bytesOf(draft("b", false, Payload.of(List.of(1)), EventMeta.NONE)) - json)
        .isEqualTo(256 - 2);
  }

  @Test
  void aSizerThatSaysLessThanNothingSaysNothing() {
    store = new InMemoryEventStore(LIMITS.sizer(object -> -1_000_000));

    assertThat(bytesOf(draft("b", false, Payload.of("x"), EventMeta.NONE))).isPositive();
  }

  @Test
  void keyHeadersTagsIdsAndSourceCount() {
    long least = bytesOf(draft("a", false, Payload.NULL, EventMeta.NONE));
    String text = "x".repeat(100);
    List<EventMeta> metas =
        List.of(
            new EventMeta(text, Map.of(), List.of(), List.of(), null),
            new EventMeta(null, Map.of("h", text), List.of(), List.of(), null),
            new EventMeta(null, Map.of(text, "v"), List.of(), List.of(), null),
            new EventMeta(null, Map.of(), List.of(text), List.of(), null),
            new EventMeta(null, Map.of(), List.of(), List.of(text), null),
            new EventMeta(null, Map.of(), List.of(), List.of(), text));
    for (EventMeta meta : metas) {
      assertThat(bytesOf(draft("b", false, Payload.NULL, meta)) - least).isGreaterThan(200);
    }
  }

  @Test
  void aPayloadThatIsEncodedLaterIsStillTakenOffAsItWasCounted() {
    Payload payload = Payload.of("x".repeat(5000));
    store.append("t", List.of(draft("a", false, payload, EventMeta.NONE)), 0);
    assertThat(payload.bytes()).hasSize(5002);

    store.removeBelow("t", 2);

    assertThat(store.extent("t").bytes()).isZero();
    assertThat(store.usedBytes()).isZero();
  }

  @Test
  void afterAnythingThatHappenedTheBytesOfNothingAreNone() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      store = new InMemoryEventStore(LIMITS.budget(60_000 + random.nextInt(100_000)));
      List<String> topics = List.of("a", "b", "c");
      for (int step = 0; step < 400; step++) {
        String topic = topics.get(random.nextInt(3));
        long tail = store.extent(topic).tail();
        switch (random.nextInt(8)) {
          case 0 -> store.removeBelow(topic, tail - random.nextInt(60));
          case 1 -> store.remove(topic, random.longs(30, 0, tail + 2).boxed().toList());
          case 2 ->
              store.configure(
                  topic,
                  OPEN.maxEvents(1 + random.nextInt(100))
                      .maxBytes(1 + random.nextInt(40_000))
                      .overflow(CHOICES.get(random.nextInt(3))));
          default -> store.append(topic, some(random), step);
        }
        check(seed, topic);
      }
      long used = topics.stream().mapToLong(topic -> store.extent(topic).bytes()).sum();
      assertThat(store.usedBytes()).as("seed %s", seed).isEqualTo(used);
      for (String topic : topics) {
        store.removeBelow(topic, Long.MAX_VALUE);
        assertThat(store.extent(topic).bytes()).as("seed %s", seed).isZero();
      }
      assertThat(store.usedBytes()).as("seed %s", seed).isZero();
    }
  }

  @Test
  void afterAnythingThatHappenedTheRememberedIdsAreCountedExactly() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      store = new InMemoryEventStore(LIMITS.budget(20_000).rememberedIds(5));
      List<String> topics = List.of("a", "b", "c");
      for (int step = 0; step < 400; step++) {
        String topic = topics.get(random.nextInt(3));
        long tail = store.extent(topic).tail();
        switch (random.nextInt(8)) {
          case 0 -> store.removeBelow(topic, tail - random.nextInt(10));
          case 1 -> store.remove(topic, random.longs(5, 0, tail + 2).boxed().toList());
          case 2 -> store.configure(topic, OPEN.maxEvents(1 + random.nextInt(20)));
          case 3, 4 -> store.append(topic, some(random), step);
          default -> store.append(topic, List.of(given("" + (100 + random.nextInt(30)))), step);
        }
      }
      topics.forEach(topic -> store.removeBelow(topic, Long.MAX_VALUE));
      for (String topic : topics) {
        store.configure(topic, OPEN);
        for (int id = 200; id < 205; id++) {
          assertThat(store.append(topic, List.of(given("" + id)), 0)).hasSize(1);
        }
        store.removeBelow(topic, Long.MAX_VALUE);
      }
      assertThat(store.usedBytes()).as("seed %s", seed).isEqualTo(15 * Sizes.remembered("200"));
    }
  }

  private void check(int seed, String topic) {
    List<Long> held = seqs(topic);
    assertThat(store.extent(topic).count()).as("seed %s", seed).isEqualTo(held.size());
    assertThat(held).as("seed %s", seed).allMatch(seq -> seq >= store.extent(topic).first());
    for (String key : List.of("k0", "k1", "k2")) {
      Long newest = null;
      for (EventRecord event : store.read(topic, 1, Integer.MAX_VALUE).events()) {
        newest = key.equals(event.key()) ? (Long) event.seq() : newest;
      }
      assertThat(store.latest(topic, key).map(EventRecord::seq).orElse(null))
          .as("seed %s, %s", seed, key)
          .isEqualTo(newest);
    }
  }

  /* Ids that were given. */

  @Test
  void anIdIsRememberedWhenItsEventWasRemoved() {
    Draft draft = draft("given", true, Payload.json("{\"a\":1}"), EventMeta.NONE);
    store.append("t", List.of(draft), 77);
    store.removeBelow("t", 2);

    Published again = store.append("t", List.of(draft), 99).get(0);

    assertThat(again.duplicate()).isTrue();
    assertThat(again.id()).isEqualTo("given");
    assertThat(again.seq()).isEqualTo(1);
    assertThat(again.record().at()).isEqualTo(77);
    assertThat(again.record().payload().isNull()).isTrue();
    assertThat(store.find("t", "given")).isEmpty();
    assertThat(store.extent("t").count()).isZero();
  }

  @Test
  void theOldestIdIsForgottenWhenThereIsOneTooMany() {
    store = new InMemoryEventStore(LIMITS.rememberedIds(3));
    for (String id : List.of("a", "b", "c", "d")) {
      store.append("t", List.of(given(id)), 0);
    }

    assertThat(store.append("t", List.of(given("b")), 0).get(0).duplicate()).isTrue();
    assertThat(store.append("t", List.of(given("a")), 0).get(0).duplicate()).isFalse();
    assertThat(store.append("t", List.of(given("b")), 0).get(0).duplicate()).isFalse();
  }

  @Test
  void aHundredThousandIdsAreRememberedByDefault() {
    assertThat(InMemoryLimits.defaults().rememberedIds()).isEqualTo(100_000);
  }

  @Test
  void rememberedIdsCountTowardsTheBudgetUntilTheyAreForgotten() {
    store = new InMemoryEventStore(LIMITS.rememberedIds(2));
    append("t", 1);
    store.append("t", List.of(given("a"), given("b")), 0);
    store.removeBelow("t", 4);
    assertThat(store.extent("t").bytes()).isZero();
    assertThat(store.usedBytes()).isEqualTo(2 * Sizes.remembered("a"));

    store.append("t", List.of(given("c"), given("d")), 0);
    store.removeBelow("t", 6);
    assertThat(store.usedBytes()).isEqualTo(2 * Sizes.remembered("a"));
  }

  @Test
  void atTheBudgetIdsOfRemovedEventsAreForgottenOnlyWhenNoEventIsLeft() {
    store = new InMemoryEventStore(LIMITS.budget(2 * LARGE));
    store.append("t", List.of(given("a")), 0);
    store.removeBelow("t", 2);
    store.append("t", List.of(large()), 0);
    store.append("t", List.of(large()), 0);
    assertThat(store.append("t", List.of(given("a")), 0).get(0).duplicate()).isTrue();

    Draft huge =
        draft(
            "h",
            false,
            Payload.json("\"" + "x".repeat(1000 + (int) LARGE - 2) + "\""),
            EventMeta.NONE);
    assertThat(store.append("t", List.of(huge), 0)).hasSize(1);
    assertThat(seqs("t")).containsExactly(4L);
    assertThat(store.usedBytes()).isEqualTo(2 * LARGE);
  }

  /* Limits of the store. */

  @Test
  void oneTopicTooManyIsRefusedAndSaysWhatToDo() {
    store = new InMemoryEventStore(LIMITS.maxTopics(2));
    append("a", 1);
    store.configure("b", OPEN);

    assertThatThrownBy(() -> append("c", 1))
        .isInstanceOf(LimitException.class)
        .hasMessageContainingAll("topic c", "2 topics", "maxTopics");
    assertThatThrownBy(() -> store.configure("c", OPEN)).isInstanceOf(LimitException.class);
    assertThat(store.topics()).containsExactlyInAnyOrder("a", "b");
    append("a", 1);
  }

  @Test
  void tenThousandTopicsFitByDefault() {
    for (int i = 0; i < 10_000; i++) {
      append("t" + i, 1);
    }

    assertThatThrownBy(() -> append("more", 1)).isInstanceOf(LimitException.class);
  }

  @Test
  void aLimitBelowOneIsRefusedByName() {
    assertThatThrownBy(() -> LIMITS.budget(0)).hasMessage("budget must be at least 1 byte, is 0");
    assertThatThrownBy(() -> LIMITS.maxTopics(0)).hasMessage("maxTopics must be at least 1, is 0");
    assertThatThrownBy(() -> LIMITS.rememberedIds(-1))
        .hasMessage("rememberedIds must be at least 1, is -1");
  }

  @Test
  void aReadOfLessThanNothingIsRefused() {
    assertThatThrownBy(() -> store.read("t", 1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit must not be negative, is -1");
  }

  private long bytesOf(Draft draft) {
    String topic = "size-" + store.topics().size();
    store.append(topic, List.of(draft), 0);
    return store.extent(topic).bytes();
  }

  private void append(String topic, int count) {
    for (int i = 0; i < count; i++) {
      store.append(topic, List.of(draft("x", false, Payload.NULL, EventMeta.NONE)), 0);
    }
  }

  private List<Long> seqs(String topic) {
    return store.read(topic, 1, Integer.MAX_VALUE).events().stream().map(EventRecord::seq).toList();
  }

  private static List<Draft> some(Random random) {
    List<Draft> drafts = new ArrayList<>();
    int count = 1 + random.nextInt(20);
    for (int i = 0; i < count; i++) {
      String key = random.nextInt(3) > 0 ? "k" + random.nextInt(3) : null;
      EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
      String json = "\"" + "x".repeat(random.nextInt(600)) + "\"";
      drafts.add(draft("x", false, Payload.json(json), meta));
    }
    return drafts;
  }

  private static Draft large() {
    return draft("l", false, Payload.json("\"" + "x".repeat(998) + "\""), EventMeta.NONE);
  }

  private static Draft given(String id) {
    return draft(id, true, Payload.NULL, EventMeta.NONE);
  }

  private static Draft keyed(String key) {
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return draft("k", false, Payload.NULL, meta);
  }

  private static Draft draft(String id, boolean given, Payload payload, EventMeta meta) {
    return new Draft(id, given, 0, payload, meta);
  }
}
