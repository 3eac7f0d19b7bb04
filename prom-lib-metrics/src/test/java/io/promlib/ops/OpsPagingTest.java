package io.promlib.ops;

import static io.promlib.ops.Ops.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.ops.Ops.Got;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDraft;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lists come in pages and are searched on the server. */
class OpsPagingTest {
  private static final InMemoryOutboxStore OUTBOX = InMemoryOutboxStore.builder().build();
  private static Ops ops;

  @BeforeAll
  static void start() {
    ops =
        Ops.start(
            builder ->
                builder.outbox(OUTBOX).limits(Ops.PATIENT.sampleEvery(Duration.ofMillis(100))));
    for (int i = 0; i < 12; i++) {
      String group = String.format("group-%02d", i);
      ops.bus().subscribe(ORDERS, group, Ops.fromEarliest(), delivery -> {}).close();
      ops.bus().publish(Topic.of("topic-" + (char) ('a' + i), Integer.class), i);
      OUTBOX.add(
          OutboxDraft.of(ORDERS, Ops.tree("1"), PublishOptions.none().id("record-" + i), i), i);
    }
    ops.orders(7);
    ops.giveUp("giver", "of no use", 7);
  }

  @AfterAll
  static void close() {
    ops.close();
    OUTBOX.close();
  }

  /** All rows, page by page; each page has at most so many. */
  private static List<String> all(String path, int limit, String list, String name) {
    List<String> names = new ArrayList<>();
    String after = "";
    do {
      Got got =
          ops.get(
              path
                  + "limit="
                  + limit
                  + "&after="
                  + URLEncoder.encode(after, StandardCharsets.UTF_8));
      assertThat(got.status()).as(got.text()).isEqualTo(200);
      JsonNode page = got.json();
      assertThat(page.path(list).size()).isLessThanOrEqualTo(limit);
      page.path(list).forEach(row -> names.add(row.at(name).asText()));
      after = page.path("next").isNull() ? "" : page.path("next").asText();
    } while (!after.isEmpty());
    return names;
  }

  private static List<String> numbered(String prefix, int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> prefix + i).toList();
  }

  @Test
  void topicsComeInPages() {
    assertThat(all("/topics?", 5, "topics", "/topic"))
        .hasSize(14)
        .isSorted()
        .contains("dlq.orders", "orders", "topic-a", "topic-l");
    assertThat(all("/topics?q=TOPIC-&", 5, "topics", "/topic")).hasSize(12);
    assertThat(ops.get("/topics?q=topic-&limit=1").json().path("total").asInt()).isEqualTo(12);
  }

  @Test
  void groupsComeInPagesByName() {
    assertThat(all("/groups?topic=orders&", 5, "groups", "/group")).hasSize(13).isSorted();
    assertThat(all("/groups?", 5, "groups", "/group")).hasSize(13);
    assertThat(all("/cursors?topic=orders&q=-1&", 1, "cursors", "/group"))
        .containsExactly("group-10", "group-11");
    assertThat(ops.get("/groups?q=no-such").json().path("groups")).isEmpty();
  }

  @Test
  void groupsComeInPagesFurthestBehindFirst() {
    await()
        .untilAsserted(
            () ->
                assertThat(all("/groups?sort=lag&", 5, "groups", "/lag"))
                    .hasSize(13)
                    .startsWith("7", "7")
                    .endsWith("7", "0"));
    assertThat(all("/groups?sort=lag&", 5, "groups", "/group")).hasSize(13).endsWith("giver");
    assertThat(ops.get("/groups?sort=size").status()).isEqualTo(400);
    assertThat(ops.get("/groups?sort=lag&after=orders/x").status()).isEqualTo(400);
  }

  @Test
  void deadLettersComeInPages() {
    assertThat(all("/dlq?topic=orders&", 3, "letters", "/original/id"))
        .containsExactlyElementsOf(numbered("o", 1, 7));
    assertThat(all("/dlq?topic=orders&q=CUSTOMER-5&", 3, "letters", "/original/id"))
        .containsExactly("o5");
    assertThat(all("/dlq?topic=orders&q=of%20no%20use&", 500, "letters", "/group")).hasSize(7);
  }

  @Test
  void topicsWithDeadLettersComeInPages() {
    try (Ops many = Ops.start(builder -> builder)) {
      for (int i = 0; i < 7; i++) {
        Topic<Integer> topic = Topic.of("failing-" + i, Integer.class);
        many.bus().publish(topic, i);
        many.bus()
            .subscribe(
                topic,
                "giver",
                SubscribeOptions.builder().startAt(StartAt.EARLIEST).manualAck().build(),
                delivery -> delivery.terminate("of no use"));
      }
      await().until(() -> many.get("/dlq?limit=500").json().path("topics").size() == 7);
      JsonNode first = many.get("/dlq?limit=3").json();
      assertThat(first.path("topics")).hasSize(3);
      assertThat(first.path("next").asText()).isEqualTo("failing-2");
      JsonNode last = many.get("/dlq?limit=3&after=failing-5").json();
      assertThat(last.path("topics")).hasSize(1);
      assertThat(last.at("/topics/0/count").asInt()).isEqualTo(1);
      assertThat(last.path("next").isNull()).isTrue();
      assertThat(many.get("/dlq?q=G-4").json().at("/topics/0/topic").asText())
          .isEqualTo("failing-4");
      assertThat(many.get("/dlq?limit=0").status()).isEqualTo(400);
    }
  }

  @Test
  void recordsOfTheOutboxComeInPages() {
    assertThat(all("/outbox?status=pending&", 5, "records", "/id"))
        .hasSize(12)
        .doesNotHaveDuplicates();
    assertThat(ops.get("/outbox?status=pending&after=x").status()).isEqualTo(400);
    assertThat(ops.get("/outbox?after=1/orders/x").status()).isEqualTo(400);
  }

  @Test
  void aLimitThatIsNoneIsRefused() {
    for (String limit : List.of("0", "501", "-1", "many", "9999999999999999999")) {
      Got refused = ops.get("/topics?limit=" + limit);
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.json().path("message").asText())
          .startsWith("limit must be a whole number");
    }
    assertThat(ops.get("/topics?q=" + "x".repeat(301)).status()).isEqualTo(400);
    assertThat(ops.get("/dlq?topic=orders&after=x").status()).isEqualTo(400);
  }

  @Test
  void aListOfLargePayloadsEndsAtItsBytes() {
    try (Ops small = Ops.start(builder -> builder.limits(Ops.PATIENT.maxAnswerBytes(1000)))) {
      for (int i = 1; i <= 4; i++) {
        small.order("large-" + i, "k", "\"" + "x".repeat(600) + "\"");
      }
      small.giveUp("giver", "of no use", 4);
      JsonNode first = small.get("/dlq?topic=orders").json();
      assertThat(first.path("letters")).hasSize(2);
      JsonNode second = small.get("/dlq?topic=orders&after=" + first.path("next").asText()).json();
      assertThat(second.at("/letters/0/original/id").asText()).isEqualTo("large-3");
      assertThat(second.path("letters")).hasSize(2);
    }
  }
}
