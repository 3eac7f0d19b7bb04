package io.promlib.ops;

import static io.promlib.ops.Ops.ALL;
import static io.promlib.ops.Ops.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.event.PublishOptions;
import io.promlib.ops.Ops.Got;
import io.promlib.outbox.InMemoryOutboxStore;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxDrainer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator may change, and who may. */
class OpsActionsTest {
  private static final String JSON = "application/json";
  private Ops ops;

  @BeforeEach
  void start() {
    ops = Ops.start(builder -> builder);
  }

  @AfterEach
  void close() {
    ops.close();
  }

  private String letter() {
    return ops.get("/dlq?topic=orders").json().at("/letters/0/id").asText();
  }

  @Test
  void aSlashThatIsEncodedInAWordOfThePathIsNoSeparator() {
    for (String path :
        List.of("/groups%2F*%2F*", "/groups%2Forders%2Fmailer", "/dlq%2F*%2F*", "/%2F*")) {
      assertThat(ops.send("DELETE", path, Ops.ALL).status()).as(path).isEqualTo(404);
    }
  }

  @Test
  void aDeadLetterIsReplayedOnce() {
    ops.orders(1);
    ops.giveUp("mailer", "no such address", 1);
    String path = "/dlq/orders/" + letter() + "/replay";
    Got done = ops.send("POST", path, ALL);
    assertThat(done.status()).isEqualTo(200);
    assertThat(done.json().path("replayed").asBoolean()).isTrue();
    // The group gives it up again: a second letter, and the first one is gone.
    await().until(() -> ops.get("/dlq?topic=orders").json().at("/letters/0/cycle").asInt() == 1);
    assertThat(ops.send("POST", path, ALL).status()).isEqualTo(404);
  }

  @Test
  void aDeadLetterIsDropped() {
    ops.orders(1);
    ops.giveUp("mailer", "no such address", 1);
    String path = "/dlq/orders/" + letter();
    assertThat(ops.send("DELETE", path, ALL).json().path("dropped").asBoolean()).isTrue();
    assertThat(ops.get("/dlq?topic=orders").json().path("letters")).isEmpty();
    assertThat(ops.send("DELETE", path, ALL).status()).isEqualTo(404);
  }

  @Test
  void aGroupIsSoughtToWhereItIsTold() {
    ops.orders(5);
    ops.bus().subscribe(ORDERS, "mailer", delivery -> {}).close();
    String path = "/groups/orders/mailer/seek";
    assertThat(seek(path, "{\"from\":\"earliest\"}")).isZero();
    assertThat(seek(path, "{\"from\":\"afterSeq\",\"seq\":2}")).isEqualTo(2);
    assertThat(seek(path, "{\"from\":\"afterId\",\"afterId\":\"o4\"}")).isEqualTo(4);
    assertThat(seek(path, "{\"from\":\"ts\",\"ts\":0}")).isZero();
    assertThat(seek(path, "{\"from\":\"latest\"}")).isEqualTo(5);
    assertThat(
            ops.send("POST", "/groups/orders/nobody/seek", ALL, JSON, "{\"from\":\"latest\"}")
                .status())
        .isEqualTo(404);
  }

  private long seek(String path, String body) {
    Got done = ops.send("POST", path, ALL, JSON, body);
    assertThat(done.status()).as(done.text()).isEqualTo(200);
    return done.json().path("seq").asLong();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"from\":\"somewhere\"}",
        "{\"from\":\"afterSeq\"}",
        "{\"from\":\"afterSeq\",\"seq\":99}",
        "{\"from\":\"afterSeq\",\"seq\":\"2\"}",
        "{\"from\":\"afterId\",\"afterId\":\"unknown\"}",
        "{\"from\":\"latest\"",
        "[]",
        "{\"from\":\"latest\"} {}"
      })
  void aSeekToNowhereIsRefusedAndChangesNothing(String body) {
    ops.orders(5);
    ops.bus().subscribe(ORDERS, "mailer", delivery -> {}).close();
    Got refused = ops.send("POST", "/groups/orders/mailer/seek", ALL, JSON, body);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(ops.bus().admin().group("orders", "mailer").orElseThrow().floor()).isEqualTo(5);
  }

  @Test
  void aBodyOfAnotherTypeOrTooLargeIsRefused() {
    String path = "/groups/orders/mailer/seek";
    assertThat(ops.send("POST", path, ALL, "text/plain", "{\"from\":\"latest\"}").status())
        .isEqualTo(415);
    Got large = ops.send("POST", path, ALL, JSON, "x".repeat((16 << 10) + 1));
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.code()).isEqualTo("too_large");
    assertThat(ops.send("DELETE", "/groups/orders/mailer", ALL, JSON, "{}").status())
        .isEqualTo(400);
  }

  @Test
  void aGroupIsDeleted() {
    ops.stuck("mailer");
    assertThat(ops.send("DELETE", "/groups/orders/mailer", ALL).json().path("deleted").asBoolean())
        .isTrue();
    assertThat(ops.bus().admin().group("orders", "mailer")).isEmpty();
    assertThat(ops.send("DELETE", "/groups/orders/mailer", ALL).status()).isEqualTo(404);
  }

  @Test
  void aRecordThatRestsInTheOutboxIsRequeuedOrDropped() {
    try (InMemoryOutboxStore outbox = InMemoryOutboxStore.builder().build();
        Ops with = Ops.start(builder -> builder.outbox(outbox));
        OutboxDrainer drainer =
            OutboxDrainer.builder(outbox)
                .each(
                    record -> {
                      throw new IllegalStateException("nobody takes it");
                    })
                .maxAttempts(1)
                .build()
                .start()) {
      assertThat(drainer).isNotNull();
      for (String id : List.of("r1", "r2")) {
        outbox.add(OutboxDraft.of(ORDERS, Ops.tree("1"), PublishOptions.none().id(id), 1), 1);
      }
      await().until(() -> with.get("/outbox").json().path("error").asLong() == 2);
      assertThat(with.get("/outbox?status=error").json().at("/records/0/err").asText())
          .contains("nobody takes it");
      assertThat(with.send("DELETE", "/outbox/orders/r2", ALL).json().path("dropped").asBoolean())
          .isTrue();
      assertThat(with.send("POST", "/outbox/orders/r1/requeue", ALL).status()).isEqualTo(200);
      assertThat(with.send("POST", "/outbox/orders/none/requeue", ALL).status()).isEqualTo(404);
      assertThat(with.send("DELETE", "/outbox/orders/none", ALL).status()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Ops.READER, Ops.ORDERS_ONLY, Ops.PUBLISHER, Ops.MAILER})
  void anActionNeedsEverythingOnTheTopic(String token) {
    ops.stuck("mailer");
    for (String path : List.of("/groups/orders/mailer", "/dlq/orders/x", "/outbox/orders/x")) {
      Got refused = ops.send("DELETE", path, token);
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.code()).isEqualTo("forbidden");
    }
    assertThat(ops.send("POST", "/dlq/orders/x/replay", token).status()).isEqualTo(403);
    assertThat(ops.bus().admin().group("orders", "mailer")).isPresent();
  }

  @Test
  void anActionNeedsATokenOnLoopbackToo() {
    ops.stuck("mailer");
    Got refused = ops.send("DELETE", "/groups/orders/mailer", "");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.code()).isEqualTo("no_token");
    assertThat(ops.send("DELETE", "/groups/orders/mailer", "wrong").code()).isEqualTo("bad_token");
    assertThat(ops.bus().admin().group("orders", "mailer")).isPresent();
  }

  @Test
  void actionsAreOffUnlessTurnedOn() {
    try (Ops off = Ops.start(builder -> builder.actions(false))) {
      off.stuck("mailer");
      for (String token : List.of("", ALL)) {
        Got refused = off.send("DELETE", "/groups/orders/mailer", token);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("actions_off");
      }
      assertThat(off.bus().admin().group("orders", "mailer")).isPresent();
      assertThat(off.get("/status").json().path("actions").asBoolean(true)).isFalse();
    }
  }
}
