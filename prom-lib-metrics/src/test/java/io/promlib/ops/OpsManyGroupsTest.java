package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import io.promlib.ops.Ops.Got;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.lang.reflect.Proxy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ten thousand groups on twenty topics: an answer holds and loads a page of them, never all. */
class OpsManyGroupsTest {
  private static final int GROUPS = 10_000;
  private static final int TOPICS = 20;
  private static final int LARGEST_PAGE = 500;

  private static final InMemoryGroupStore STORED = new InMemoryGroupStore();
  private static final AtomicInteger LOADED = new AtomicInteger();
  private static final AtomicInteger LOADED_WHOLE = new AtomicInteger();
  private static Ops ops;

  @BeforeAll
  static void start() {
    EventBus bus = EventBus.builder().stores(new InMemoryEventStore(), counting()).build();
    for (int i = 0; i < GROUPS; i++) {
      bus.subscribe(topic(i), group(i), delivery -> {}).close();
    }
    // All groups of one topic are behind.
    for (int i = 0; i < 3; i++) {
      bus.publish(topic(3), i);
    }
    OpsLimits once = Ops.PATIENT.sampleEvery(Duration.ofHours(1));
    ops = Ops.of(bus, builder -> builder.limits(once));
    await().until(() -> ops.get("/status").json().path("groups").asInt() == GROUPS);
  }

  @AfterAll
  static void close() {
    ops.close();
    STORED.close();
  }

  private static Topic<Integer> topic(int number) {
    return Topic.of(String.format("topic-%02d", number % TOPICS), Integer.class);
  }

  private static String group(int number) {
    return String.format("mailer-%04d", number);
  }

  private static GroupStore counting() {
    return (GroupStore)
        Proxy.newProxyInstance(
            GroupStore.class.getClassLoader(),
            new Class<?>[] {GroupStore.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "load" -> LOADED.incrementAndGet();
                case "loadAll" -> LOADED_WHOLE.incrementAndGet();
                default -> {}
              }
              return method.invoke(STORED, arguments);
            });
  }

  private static JsonNode page(String query, int limit) {
    int loaded = LOADED.get();
    int loadedWhole = LOADED_WHOLE.get();
    Got got = ops.get("/groups?" + query);
    assertThat(got.status()).as(got.text()).isEqualTo(200);
    JsonNode page = got.json();
    assertThat(page.path("groups").size()).isLessThanOrEqualTo(limit);
    assertThat(got.text().length()).isLessThan((limit + 1) << 10);
    assertThat(LOADED.get() - loaded).isLessThanOrEqualTo(limit);
    assertThat(LOADED_WHOLE.get()).isEqualTo(loadedWhole);
    return page;
  }

  /** The names of all rows, page by page. */
  private static List<String> all(String query) {
    List<String> names = new ArrayList<>();
    String next = "";
    do {
      JsonNode page =
          page(
              query
                  + "&limit="
                  + LARGEST_PAGE
                  + (next.isEmpty()
                      ? ""
                      : "&after=" + URLEncoder.encode(next, StandardCharsets.UTF_8)),
              LARGEST_PAGE);
      page.path("groups").forEach(row -> names.add(name(row)));
      next = page.path("next").asText("");
    } while (!next.isEmpty() && names.size() <= GROUPS);
    return names;
  }

  private static String name(JsonNode row) {
    return row.path("topic").asText() + "/" + row.path("group").asText();
  }

  private static List<String> everyGroup() {
    return IntStream.range(0, GROUPS)
        .mapToObj(i -> topic(i).name() + "/" + group(i))
        .sorted()
        .toList();
  }

  @Test
  void aPageIsOfBoundedSizeAndTellsHowManyThereAre() {
    JsonNode page = page("", 50);
    assertThat(page.path("groups")).hasSize(50);
    assertThat(page.path("total").asInt()).isEqualTo(GROUPS);
    assertThat(page("limit=500", LARGEST_PAGE).path("groups")).hasSize(LARGEST_PAGE);
    assertThat(ops.get("/groups?limit=501").status()).isEqualTo(400);
  }

  @Test
  void eachGroupIsOnOnePage() {
    assertThat(all("sort=name")).containsExactlyElementsOf(everyGroup());
  }

  @Test
  void eachGroupIsOnOnePageWithThoseFirstThatAreFurthestBehind() {
    List<String> names = all("sort=lag");
    assertThat(names.stream().sorted()).containsExactlyElementsOf(everyGroup());
    assertThat(names.subList(0, GROUPS / TOPICS)).allMatch(name -> name.startsWith("topic-03/"));
  }

  @Test
  void aSearchFindsOneOfThem() {
    JsonNode found = page("q=Mailer-4711", 1);
    assertThat(found.path("total").asInt()).isEqualTo(1);
    assertThat(found.path("groups")).hasSize(1);
    assertThat(name(found.at("/groups/0"))).isEqualTo("topic-11/mailer-4711");
    assertThat(found.path("next").isNull()).isTrue();
  }

  @Test
  void whatASearchFindsComesInPagesToo() {
    assertThat(page("q=mailer-47&limit=30", 30).path("total").asInt()).isEqualTo(100);
    assertThat(all("q=mailer-47")).hasSize(100).allMatch(name -> name.contains("/mailer-47"));
    assertThat(all("topic=topic-07"))
        .hasSize(GROUPS / TOPICS)
        .allMatch(name -> name.startsWith("topic-07/"));
  }
}
