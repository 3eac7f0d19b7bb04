package io.promlib.ops;

import static io.promlib.ops.Ops.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.ops.Ops.Got;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDraft;
import io.promlib.state.Compactor;
import io.promlib.store.Backoff;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every read answers: its shape, and what it says when there is nothing. */
class OpsReadsTest {
  private Ops ops;

  @BeforeEach
  void start() {
    ops = Ops.start(builder -> builder);
  }

  @AfterEach
  void close() {
    ops.close();
  }

  @Test
  void theLagOfAGroupThatHasDoneNothing() {
    ops.orders(3);
    ops.stuck("mailer");
    JsonNode lag = ops.get("/lag?topic=orders&group=mailer").json();
    assertThat(lag.fieldNames())
        .toIterable()
        .containsExactly("topic", "group", "lastCursor", "tail", "lag", "lagMs");
    assertThat(lag.path("topic").asText()).isEqualTo("orders");
    assertThat(lag.path("group").asText()).isEqualTo("mailer");
    assertThat(lag.path("lastCursor").isNull()).isTrue();
    assertThat(lag.path("tail").asText()).isEqualTo("o3");
    assertThat(lag.path("lag").asLong()).isEqualTo(3);
    assertThat(lag.path("lagMs").isIntegralNumber()).isTrue();
  }

  @Test
  void theLagOfAGroupThatIsDone() {
    ops.orders(3);
    ops.bus().subscribe(ORDERS, "mailer", Ops.fromEarliest(), delivery -> {});
    await().until(() -> ops.get("/lag?topic=orders&group=mailer").json().path("lag").asLong() == 0);
    JsonNode lag = ops.get("/lag?topic=orders&group=mailer").json();
    JsonNode cursor = lag.path("lastCursor");
    assertThat(cursor.fieldNames()).toIterable().containsExactly("lastId", "lastTs", "seq");
    assertThat(cursor.path("lastId").asText()).isEqualTo("o3");
    assertThat(cursor.path("seq").asLong()).isEqualTo(3);
    assertThat(lag.path("lagMs").asLong()).isZero();
  }

  @Test
  void aTopicWithoutEventsHasNoTail() {
    ops.bus().subscribe(ORDERS, "mailer", delivery -> {});
    JsonNode lag = ops.get("/lag?topic=orders&group=mailer").json();
    assertThat(lag.path("tail").isNull()).isTrue();
    assertThat(lag.path("lag").asLong()).isZero();
  }

  @Test
  void theLagOfNoGroupIsNotFoundAndWhatIsMissingIsNamed() {
    assertThat(ops.get("/lag?topic=orders&group=nobody").status()).isEqualTo(404);
    Got missing = ops.get("/lag?topic=orders");
    assertThat(missing.status()).isEqualTo(400);
    assertThat(missing.json().path("message").asText()).contains("group is missing");
    assertThat(ops.get("/lag?topic=or%20ders&group=g").json().path("message").asText())
        .contains("topic may hold letters");
  }

  @Test
  void cursorsTellWhereEachGroupStandsAndWhy() {
    ops.orders(2);
    ops.stuck("mailer");
    ops.bus().subscribe(ORDERS, "audit", delivery -> {});
    await()
        .until(
            () ->
                ops.get("/cursors?topic=orders").json().at("/cursors/1/inFlight").asLong(-1) == 2);
    JsonNode answer = ops.get("/cursors?topic=orders").json();
    assertThat(answer.path("topic").asText()).isEqualTo("orders");
    assertThat(answer.path("total").asInt()).isEqualTo(2);
    JsonNode audit = answer.at("/cursors/0");
    assertThat(audit.path("group").asText()).isEqualTo("audit");
    assertThat(audit.path("lag").asLong()).isZero();
    assertThat(audit.path("lagMs").asLong()).isZero();
    assertThat(audit.path("lastId").asText()).isEqualTo("o2");
    assertThat(audit.path("why").asText()).isEqualTo("up_to_date");
    JsonNode mailer = answer.at("/cursors/1");
    assertThat(mailer.path("lastId").isNull()).isTrue();
    assertThat(mailer.path("lastTs").isNull()).isTrue();
    assertThat(mailer.path("seq").asLong()).isZero();
    assertThat(mailer.path("lag").asLong()).isEqualTo(2);
    assertThat(mailer.path("subscribers").asLong()).isEqualTo(1);
    assertThat(mailer.path("why").asText()).isEqualTo("in_flight");
    assertThat(mailer.at("/oldest/id").asText()).isEqualTo("o1");
    assertThat(mailer.at("/oldest/key").asText()).isEqualTo("customer-1");
  }

  @Test
  void aGroupWithoutSubscriberIsToldAndSoAreRetries() {
    ops.bus().subscribe(ORDERS, "gone", Ops.fromEarliest(), delivery -> {}).close();
    ops.orders(1);
    ops.bus()
        .subscribe(
            ORDERS,
            "failing",
            SubscribeOptions.builder()
                .startAt(StartAt.EARLIEST)
                .backoff(Backoff.fixed(Duration.ofHours(1)))
                .build(),
            delivery -> {
              throw new IllegalStateException("boom");
            });
    await()
        .until(() -> ops.get("/groups?topic=orders").json().at("/groups/0/retrying").asLong() == 1);
    JsonNode groups = ops.get("/groups?topic=orders").json().path("groups");
    assertThat(groups.at("/0/why").asText()).isEqualTo("retrying");
    assertThat(groups.at("/0/failures").asInt()).isPositive();
    assertThat(groups.at("/0/maxAttempts").asInt()).isEqualTo(5);
    assertThat(groups.at("/1/why").asText()).isEqualTo("no_subscriber");
  }

  @Test
  void topicsTellWhatTheyHold() {
    ops.orders(3);
    ops.giveUp("mailer", "no such address", 3);
    JsonNode topics = ops.get("/topics").json();
    assertThat(topics.path("total").asInt()).isEqualTo(2);
    JsonNode orders = topics.at("/topics/1");
    assertThat(orders.path("topic").asText()).isEqualTo("orders");
    assertThat(orders.path("first").asLong()).isEqualTo(1);
    assertThat(orders.path("tail").asLong()).isEqualTo(3);
    assertThat(orders.path("count").asLong()).isEqualTo(3);
    assertThat(orders.path("bytes").asLong()).isPositive();
    assertThat(orders.path("deadLetters").asLong()).isEqualTo(3);
    assertThat(orders.path("overflow").asText()).isEqualTo("drop_oldest");
  }

  @Test
  void theLatestOfAKeyIsTheEventOrNull() {
    ops.order("a", "k", "{\"n\":12345678901234567890.10}");
    Got event = ops.get("/latest-by-key?topic=orders&key=k");
    assertThat(event.json().path("id").asText()).isEqualTo("a");
    assertThat(event.text()).contains("12345678901234567890.10");
    assertThat(ops.get("/latest-by-key?topic=orders&key=other").text()).isEqualTo("null");
    ops.bus().publish(ORDERS, null, PublishOptions.none().key("k"));
    assertThat(ops.get("/latest-by-key?topic=orders&key=k").text()).isEqualTo("null");
    assertThat(ops.get("/latest-by-key?topic=orders").status()).isEqualTo(400);
  }

  @Test
  void snapshotsAreThoseOfTheCompactor() {
    ops.orders(2);
    ops.bus().publish(ORDERS, null, PublishOptions.none().key("customer-1"));
    JsonNode before = ops.get("/snapshots?topic=orders").json();
    assertThat(before.path("floor").isNull()).isTrue();
    assertThat(before.path("snapshots")).isEmpty();
    try (Compactor compactor = Compactor.builder(ops.bus(), "orders").build().start()) {
      assertThat(compactor).isNotNull();
      await().until(() -> ops.get("/snapshots?topic=orders").json().path("floor").asLong() == 3);
    }
    JsonNode answer = ops.get("/snapshots?topic=orders").json();
    assertThat(answer.path("snapshots")).hasSize(1);
    JsonNode one = answer.at("/snapshots/0");
    assertThat(one.path("key").asText()).isEqualTo("customer-2");
    assertThat(one.path("payload")).isEqualTo(Ops.tree("{\"order\":2}"));
    assertThat(one.path("seq").asLong()).isEqualTo(2);
    assertThat(one.path("id").asText()).isEqualTo("o2");
    assertThat(answer.path("next").isNull()).isTrue();
  }

  @Test
  void deadLettersCarryReasonAndOriginal() {
    ops.orders(2);
    ops.giveUp("mailer", "no such address", 2);
    JsonNode answer = ops.get("/dlq?topic=orders").json();
    assertThat(answer.path("topic").asText()).isEqualTo("orders");
    assertThat(answer.path("letters")).hasSize(2);
    JsonNode letter = answer.at("/letters/0");
    assertThat(letter.path("topic").asText()).isEqualTo("orders");
    assertThat(letter.path("group").asText()).isEqualTo("mailer");
    assertThat(letter.path("err").asText()).contains("no such address");
    assertThat(letter.path("attempts").asInt()).isEqualTo(1);
    assertThat(letter.at("/original/id").asText()).isEqualTo("o1");
    assertThat(letter.at("/original/payload/order").asInt()).isEqualTo(1);
    assertThat(ops.get("/dlq").json().at("/topics/0/topic").asText()).isEqualTo("orders");
    assertThat(ops.get("/dlq").json().at("/topics/0/count").asInt()).isEqualTo(2);
    assertThat(ops.get("/dlq?topic=other").json().path("letters")).isEmpty();
  }

  @Test
  void withoutAnOutboxGatewayOrMetricsThereIsNothingOfThem() {
    for (String path : new String[] {"/outbox", "/clients", "/metrics"}) {
      assertThat(ops.get(path).status()).isEqualTo(404);
      assertThat(ops.get(path).code()).isEqualTo("not_found");
    }
    JsonNode status = ops.get("/status").json();
    assertThat(status.path("outbox").asBoolean(true)).isFalse();
    assertThat(status.path("clients").asBoolean(true)).isFalse();
    assertThat(status.path("actions").asBoolean()).isTrue();
  }

  @Test
  void theOutboxTellsItsCountsAndItsRecords() {
    try (InMemoryOutboxStore outbox = InMemoryOutboxStore.builder().build();
        Ops with = Ops.start(builder -> builder.outbox(outbox))) {
      JsonNode empty = with.get("/outbox").json();
      assertThat(empty.path("pending").asLong()).isZero();
      assertThat(empty.path("oldestMs").isNull()).isTrue();
      outbox.add(
          OutboxDraft.of(ORDERS, Ops.tree("{\"order\":1}"), PublishOptions.none().id("r1"), 1), 1);
      JsonNode counts = with.get("/outbox").json();
      assertThat(counts.path("pending").asLong()).isEqualTo(1);
      assertThat(counts.path("claimed").asLong()).isZero();
      assertThat(counts.path("sent").asLong()).isZero();
      assertThat(counts.path("error").asLong()).isZero();
      assertThat(counts.path("oldestMs").asLong()).isPositive();
      assertThat(counts.has("records")).isFalse();
      JsonNode record = with.get("/outbox?status=pending").json().at("/records/0");
      assertThat(record.path("id").asText()).isEqualTo("r1");
      assertThat(record.path("payload")).isEqualTo(Ops.tree("{\"order\":1}"));
      assertThat(with.get("/outbox?status=lost").status()).isEqualTo(400);
    }
  }

  @Test
  void metricsAreWhatTheScraperAsksFor() {
    try (PrometheusMetrics metrics = PrometheusMetrics.create();
        Ops with = Ops.start(builder -> builder.metrics(metrics))) {
      Got text = with.get("/metrics");
      assertThat(text.status()).isEqualTo(200);
      assertThat(text.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
      assertThat(text.text()).contains("# TYPE ");
    }
  }

  @Test
  void healthIsOpenAndHeadIsLikeGetWithoutABody() {
    assertThat(ops.get("/healthz").text()).isEqualTo("ok\n");
    assertThat(ops.send("HEAD", "/healthz", "").status()).isEqualTo(200);
    assertThat(ops.send("HEAD", "/topics", "").text()).isEmpty();
    assertThat(ops.get("/readyz").json())
        .isEqualTo(
            Ops.tree(
                "{\"ready\":true,\"checks\":[{\"name\":\"events\",\"ready\":true},"
                    + "{\"name\":\"groups\",\"ready\":true}]}"));
  }

  @Test
  void whatIsNotThereIsNotFoundAndAWrongMethodNamesTheRightOnes() {
    assertThat(ops.get("/nothing").status()).isEqualTo(404);
    assertThat(ops.get("/topics/more").status()).isEqualTo(404);
    Got post = ops.send("POST", "/topics", Ops.ALL);
    assertThat(post.status()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
    Got get = ops.get("/dlq/orders/x");
    assertThat(get.status()).isEqualTo(405);
    assertThat(get.headers().firstValue("Allow")).contains("DELETE");
    assertThat(ops.send("POST", "/", Ops.ALL).status()).isEqualTo(405);
    assertThat(ops.get("/topics?limt=3").json().path("message").asText())
        .contains("not known here; there are q, after, limit");
    assertThat(ops.get("/topics?q=%ff").status()).isEqualTo(400);
    assertThat(ops.get("/topics?q=a&q=b").status()).isEqualTo(400);
  }
}
