package io.promlib.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.DeadLetter;
import io.promlib.bus.DeadLetters;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import io.promlib.store.Overflow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a group gives up, and how it comes back. */
public abstract class DeadLetterScenarios extends EngineScenarios {
  private static final String LETTERS = "dlq." + ORDERS.name();

  private final Received got = new Received().fails();

  @Test
  void anEventGoesToTheDeadLettersAfterItsLastAttempt() {
    subscribe(options().maxAttempts(3), got);
    publish("a");
    pass(Duration.ofMillis(1999));
    assertThat(letters()).isEmpty();
    pass(Duration.ofMinutes(1));
    assertThat(got.attempts()).containsExactly(1, 2, 3);
    assertThat(letters()).hasSize(1);
  }

  @Test
  void aLetterHoldsTheEventWholeWithGroupAttemptsAndError() {
    subscribe(options().maxAttempts(1), got);
    PublishOptions options =
        PublishOptions.none()
            .id("order-7")
            .key("k")
            .ts(5L)
            .headers(Map.of("h", "1"))
            .tags(List.of("t"))
            .causedBy(List.of("c"))
            .sid("s");
    EventRecord event = publish("a", options).record();
    run();
    DeadLetter letter = onlyLetter();
    assertThat(letter.topic()).isEqualTo(ORDERS.name());
    assertThat(letter.group()).isEqualTo(GROUP);
    assertThat(letter.attempts()).isEqualTo(1);
    assertThat(letter.error()).contains("boom");
    assertThat(letter.ts()).isEqualTo(clock.millis());
    assertThat(letter.original())
        .usingRecursiveComparison()
        .ignoringFields("payload", "at")
        .isEqualTo(event);
    assertThat(new String(letter.original().payload().bytes(), UTF_8)).isEqualTo("\"a\"");
  }

  @Test
  void aLettersPayloadHasTheFieldsOfTheProtocol() throws Exception {
    subscribe(options().maxAttempts(1), got);
    publish("a", PublishOptions.none().id("order-7"));
    run();
    EventRecord letter = bus().admin().read(LETTERS, 1, 10).events().get(0);
    JsonNode json = Json.mapper().readTree(letter.payload().bytes());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("topic", "group", "cycle", "original", "err", "ts", "attempts");
    assertThat(json.get("original").get("id").asText()).isEqualTo("order-7");
    assertThat(json.get("original").get("payload").asText()).isEqualTo("a");
    assertThat(json.get("cycle").asInt()).isZero();
  }

  @Test
  void theGroupGoesOnBehindALetter() {
    subscribe(options().maxAttempts(1), got);
    publish("a");
    run();
    got.then(delivery -> {});
    publish("b");
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L);
    assertThat(group().floor()).isEqualTo(2);
    pass(Duration.ofMinutes(10));
    assertThat(got.count()).isEqualTo(2);
  }

  @Test
  void aRedriveDeliversAgainAndDeletesTheLetterWhenItIsDone() {
    deadLetter("a");
    got.then(delivery -> {});
    assertThat(redrive(onlyLetter())).isTrue();
    assertThat(got.payloads()).containsExactly("a", "a");
    assertThat(got.attempts()).containsExactly(1, 1);
    assertThat(got.last().record().id()).isEqualTo(got.get(0).record().id());
    assertThat(letters()).isEmpty();
    assertThat(bus().admin().read(LETTERS, 1, 10).events()).isEmpty();
  }

  @Test
  void aLetterIsHiddenAndKeptWhileItsEventIsAtWork() {
    deadLetter("a");
    DeadLetter letter = onlyLetter();
    got.then(
        delivery -> {
          run();
          assertHidden();
        });
    redrive(letter);
    assertThat(hidden).isTrue();
  }

  private boolean hidden;

  private void assertHidden() {
    hidden = letters().isEmpty() && bus().admin().read(LETTERS, 1, 10).events().size() == 1;
  }

  @Test
  void aSecondFailureAfterARedriveMakesASecondLetter() {
    deadLetter("a");
    DeadLetter first = onlyLetter();
    redrive(first);
    DeadLetter second = onlyLetter();
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(second.cycle()).isEqualTo(first.cycle() + 1);
    redrive(second);
    assertThat(onlyLetter().cycle()).isEqualTo(first.cycle() + 2);
  }

  @Test
  void aLetterAfterASeekIsAnotherOne() {
    deadLetter("a");
    DeadLetter first = onlyLetter();
    bus().admin().seek(ORDERS.name(), GROUP, io.promlib.bus.StartAt.EARLIEST);
    subscribe(options().maxAttempts(1), got);
    run();
    assertThat(letters()).hasSize(2).extracting(DeadLetter::id).startsWith(first.id());
  }

  @Test
  void otherGroupsSeeNothingOfARedrive() {
    Received other = new Received();
    bus().subscribe(ORDERS, "other", options().build(), other);
    deadLetter("a");
    redrive(onlyLetter());
    assertThat(other.count()).isEqualTo(1);
    assertThat(got.count()).isEqualTo(2);
  }

  @Test
  void aLetterCanBeRedrivenOnce() {
    subscribe(options().maxAttempts(1), got).close();
    deadLetter("a");
    DeadLetter letter = onlyLetter();
    bus().admin();
    got.then(delivery -> delivery.nack("later", Duration.ofMinutes(5)));
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    assertThat(box.redrive(letter.id())).isTrue();
    assertThat(box.redrive(letter.id())).isFalse();
    assertThat(box.drop(letter.id())).isFalse();
  }

  @Test
  void anUnknownLetterIsNeitherRedrivenNorDropped() {
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    assertThat(box.redrive("nobody")).isFalse();
    assertThat(box.drop("nobody")).isFalse();
  }

  @Test
  void aDroppedLetterIsGone() {
    deadLetter("a");
    DeadLetter letter = onlyLetter();
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    assertThat(box.drop(letter.id())).isTrue();
    assertThat(letters()).isEmpty();
    assertThat(box.redrive(letter.id())).isFalse();
    assertThat(got.count()).isEqualTo(1);
  }

  @Test
  void aRedriveNeedsNotTheOriginal() {
    deadLetter("a");
    process().stores().events().removeBelow(ORDERS.name(), 2);
    assertThat(bus().admin().read(ORDERS.name(), 1, 10).events()).isEmpty();
    got.then(delivery -> {});
    redrive(onlyLetter());
    assertThat(got.payloads()).containsExactly("a", "a");
    assertThat(letters()).isEmpty();
  }

  @Test
  void aRedriveWithoutASubscriberWaitsForOne() {
    subscribe(options().maxAttempts(1), got);
    publish("a");
    run();
    bus().close();
    TestProcess next = newProcess();
    DeadLetters box = next.bus().admin().deadLetters(ORDERS.name());
    assertThat(box.redrive(box.list(1, 10).get(0).id())).isTrue();
    Received later = new Received();
    next.bus().subscribe(ORDERS, GROUP, options().build(), later);
    run();
    assertThat(later.payloads()).containsExactly("a");
    assertThat(box.list(1, 10)).isEmpty();
  }

  @Test
  void aFullDeadLetterTopicLosesNoLetterAndIsTriedAgain() {
    bus()
        .admin()
        .configure(
            LETTERS,
            process().stores().events().settings(LETTERS).maxEvents(1).overflow(Overflow.REJECT));
    subscribe(options().maxAttempts(1), got);
    publishMany(2);
    run();
    assertThat(letters()).hasSize(1);
    assertThat(group().unfinished()).isEqualTo(1);
    pass(Duration.ofSeconds(10));
    assertThat(got.count()).isEqualTo(2);
    bus().admin().deadLetters(ORDERS.name()).drop(letters().get(0).id());
    pass(Duration.ofSeconds(10));
    assertThat(onlyLetter().original().seq()).isEqualTo(2);
    assertThat(group().unfinished()).isZero();
  }

  @Test
  void aGroupOnADeadLetterTopicHasNoDeadLettersOfItsOwn() {
    deadLetter("a");
    Received reader = new Received().fails();
    Topic<String> letters = Topic.of(LETTERS, String.class);
    bus()
        .subscribe(
            letters,
            "reader",
            options()
                .maxAttempts(2)
                .backoff(new Backoff(SECOND, 2, Duration.ofMinutes(1), 0))
                .build(),
            reader);
    pass(Duration.ofMinutes(5));
    assertThat(reader.attempts()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(bus().admin().topics()).extracting("topic").doesNotContain("dlq." + LETTERS);
  }

  /** Whether the store takes payloads that JSON cannot hold, as one in memory does. */
  protected boolean keepsObjects() {
    return true;
  }

  @Test
  void anEventThatCannotBeWrittenBecomesALetterWithoutItsPayload() {
    assumeTrue(keepsObjects(), "the store writes JSON, so such an event is refused at its publish");
    Topic<Object> objects = Topic.of("objects", Object.class);
    bus()
        .subscribe(
            objects,
            GROUP,
            options().maxAttempts(1).build(),
            delivery -> {
              throw new IllegalStateException("boom");
            });
    bus().publish(objects, new Object(), PublishOptions.none().id("odd"));
    run();
    List<DeadLetter> letters = bus().admin().deadLetters("objects").list(1, 10);
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).original().id()).isEqualTo("odd");
    assertThat(letters.get(0).original().payload().isNull()).isTrue();
    assertThat(letters.get(0).error()).contains("boom").contains("payload");
  }

  @Test
  void redrivenEventsOfAKeyComeInTheirOrder() {
    subscribe(options().ordering(Ordering.KEY).maxAttempts(1), got);
    publishKeyed("k");
    publishKeyed("k");
    publishKeyed("k");
    run();
    List<DeadLetter> letters = letters();
    assertThat(letters).hasSize(3);
    got.then(delivery -> run());
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    box.redrive(letters.get(2).id());
    box.redrive(letters.get(0).id());
    box.redrive(letters.get(1).id());
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L, 1L, 2L, 3L);
    assertThat(letters()).isEmpty();
  }

  @Test
  void theLettersOfAPageAreThoseFromItsPositionOn() {
    subscribe(options().maxAttempts(1), got);
    publishMany(5);
    run();
    DeadLetters box = bus().admin().deadLetters(ORDERS.name());
    assertThat(box.list(2, 2)).extracting(DeadLetter::seq).containsExactly(2L, 3L);
    assertThat(box.list(6, 2)).isEmpty();
  }

  private void deadLetter(String payload) {
    subscribe(options().maxAttempts(1), got);
    publish(payload);
    run();
  }
}
