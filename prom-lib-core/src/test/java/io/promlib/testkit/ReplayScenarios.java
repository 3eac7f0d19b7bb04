package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.StartAt;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.replay.Replay;
import io.promlib.replay.ReplayBuilder;
import io.promlib.replay.Replayed;
import io.promlib.replay.Republished;
import io.promlib.store.Filter;
import io.promlib.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The past of a topic, read in stretches and published again. */
public abstract class ReplayScenarios extends EngineScenarios {
  private static final String AGAIN = "orders.again";

  private final List<String> gaps = new ArrayList<>();

  private ReplayBuilder<String> replay() {
    return Replay.of(bus(), ORDERS).onGap((from, to) -> gaps.add(from + "-" + to));
  }

  private static List<Long> seqs(Iterable<? extends Replayed<?>> replay) {
    List<Long> seqs = new ArrayList<>();
    replay.forEach(event -> seqs.add(event.record().seq()));
    return seqs;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private void remove(Long... seqs) {
    process().stores().events().remove(ORDERS.name(), List.of(seqs));
  }

  private void removeBelow(long seq) {
    process().stores().events().removeBelow(ORDERS.name(), seq);
  }

  private List<EventRecord> stored(String topic) {
    return bus().admin().read(topic, 1, 1000).events();
  }

  @Test
  void everyEventComesInOrderWithItsPayload() {
    publishMany(25);
    List<String> payloads = new ArrayList<>();
    Replay<String> replay = replay().pageSize(10).open();
    for (Replayed<String> event : replay) {
      payloads.add(event.payload());
    }
    assertThat(payloads).hasSize(25).startsWith("event 0").endsWith("event 24");
    assertThat(replay.position()).isEqualTo(26);
    assertThat(replay.end()).isEqualTo(25);
  }

  @Test
  void aTopicThatNobodyPublishedToIsEmpty() {
    assertThat(seqs(Replay.of(bus(), "unheard.of").open())).isEmpty();
  }

  @Test
  void aNameAloneGivesTrees() {
    publish("a");
    Replay<JsonNode> replay = Replay.of(bus(), ORDERS.name()).open();
    assertThat(replay.iterator().next().payload().asText()).isEqualTo("a");
  }

  @Test
  void aTombstoneIsOneAndHasNoPayload() {
    bus().publish(ORDERS, null, PublishOptions.none().key("k"));
    Replayed<String> event = replay().open().iterator().next();
    assertThat(event.isTombstone()).isTrue();
    assertThatThrownBy(event::payload).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void bothEndsOfARangeOfPositionsAreInIt() {
    publishMany(10);
    assertThat(seqs(replay().fromSeq(3).toSeq(6).open())).isEqualTo(range(3, 6));
    assertThat(seqs(replay().fromSeq(9).toSeq(99).open())).isEqualTo(range(9, 10));
  }

  @Test
  void aReaderOfAllMayGoOnAtTheTailAndNobodyBeyondIt() {
    publishMany(3);
    assertThat(seqs(replay().fromSeq(4).open())).isEmpty();
    assertThat(seqs(replay().fromSeq(3).toSeq(2).open())).isEmpty();
    assertThatThrownBy(() -> replay().fromSeq(5).open())
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("tail");
  }

  @Test
  void timesChooseEventsByTheirTsWhateverTheirOrder() {
    for (long ts : new long[] {100, 500, 200, 400, 300, 600}) {
      publish("at " + ts, PublishOptions.none().ts(ts));
    }
    assertThat(seqs(replay().fromTs(at(200)).toTs(at(500)).open())).containsExactly(3L, 4L, 5L);
    assertThat(seqs(replay().fromTs(at(600)).open())).containsExactly(6L);
    assertThat(seqs(replay().fromTs(at(601)).open())).isEmpty();
    assertThat(seqs(replay().toTs(at(200)).open())).containsExactly(1L);
    assertThat(seqs(replay().fromTs(at(200).minusNanos(1)).toTs(at(200)).open())).isEmpty();
    assertThat(seqs(replay().toTs(at(200).plusNanos(1)).open())).containsExactly(1L, 3L);
    assertThat(seqs(replay().fromSeq(4).fromTs(at(300)).toTs(at(500)).open()))
        .containsExactly(4L, 5L);
  }

  private static Instant at(long millis) {
    return Instant.ofEpochMilli(millis);
  }

  @Test
  void whatIsBehindAnIdIsRead() {
    publish("a", PublishOptions.none().id("A-1"));
    publishMany(2);
    assertThat(seqs(replay().startAt(new StartAt.AfterId("A-1")).open())).isEqualTo(range(2, 3));
    assertThatThrownBy(() -> replay().startAt(new StartAt.AfterId("A-2")).open())
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("A-2");
  }

  @Test
  void filtersAndALimitChooseTogether() {
    for (int i = 0; i < 20; i++) {
      publish("e", PublishOptions.none().key(i % 2 == 0 ? "even" : "odd").tags(List.of("t" + i)));
    }
    Replay<String> replay =
        replay()
            .filter(new Filter.Match("even", List.of(), Map.of()))
            .filter(event -> event.seq() > 4)
            .limit(3)
            .pageSize(2)
            .open();
    assertThat(seqs(replay)).containsExactly(5L, 7L, 9L);
    assertThat(replay.position()).isEqualTo(10);
    assertThat(seqs(replay().limit(0).open())).isEmpty();
    assertThat(seqs(replay().limit(7).pageSize(3).open())).isEqualTo(range(1, 7));
  }

  @Test
  void aFilterThatThrowsLosesNothing() {
    publishMany(5);
    boolean[] broken = {true};
    Replay<String> replay =
        replay()
            .filter(
                event -> {
                  if (broken[0] && event.seq() == 3) {
                    throw new IllegalStateException("not this one");
                  }
                  return true;
                })
            .open();
    List<Long> got = new ArrayList<>();
    assertThatThrownBy(() -> replay.forEach(event -> got.add(event.record().seq())))
        .hasMessage("not this one");
    assertThat(replay.position()).isEqualTo(3);
    broken[0] = false;
    replay.forEach(event -> got.add(event.record().seq()));
    assertThat(got).isEqualTo(range(1, 5));
  }

  @Test
  void aLoopThatIsLeftGoesOnWhereItWas() {
    publishMany(10);
    Replay<String> replay = replay().pageSize(4).open();
    for (Replayed<String> event : replay) {
      if (event.record().seq() == 6) {
        break;
      }
    }
    assertThat(replay.position()).isEqualTo(7);
    assertThat(seqs(replay().fromSeq(replay.position()).open())).isEqualTo(range(7, 10));
    assertThat(seqs(replay)).isEqualTo(range(7, 10));
    Iterator<Replayed<String>> over = replay.iterator();
    assertThatThrownBy(over::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void itEndsAtTheTailOfWhenItBegan() {
    publishMany(5);
    Replay<String> replay = replay().pageSize(2).open();
    publishMany(5);
    assertThat(seqs(replay)).isEqualTo(range(1, 5));
    assertThat(seqs(replay().fromSeq(replay.position()).open())).isEqualTo(range(6, 10));
  }

  @Test
  void removedPositionsArePassedOverAndAreNoLoss() {
    publishMany(12);
    remove(1L, 3L, 4L, 5L, 6L, 11L);
    Replay<String> replay = replay().fromSeq(1).pageSize(2).open();
    assertThat(seqs(replay)).containsExactly(2L, 7L, 8L, 9L, 10L, 12L);
    assertThat(replay.lost()).isZero();
    assertThat(gaps).isEmpty();
    assertThat(seqs(replay().fromSeq(3).toSeq(5).open())).isEmpty();
  }

  @Test
  void whatRetentionTookIsToldOnce() {
    publishMany(10);
    removeBelow(4);
    Replay<String> behind = replay().fromSeq(1).pageSize(2).open();
    assertThat(seqs(behind)).isEqualTo(range(4, 10));
    assertThat(behind.lost()).isEqualTo(3);
    assertThat(gaps).containsExactly("1-3");
  }

  @Test
  void aStartInWhatRetentionTookIsToldWhateverTheTimesAskedFor() {
    for (long ts = 1; ts <= 10; ts++) {
      publish("at " + ts, PublishOptions.none().ts(ts));
    }
    removeBelow(6);
    Replay<String> behind = replay().fromSeq(3).fromTs(at(8)).open();
    assertThat(behind.position()).isEqualTo(3);
    assertThat(seqs(behind)).isEqualTo(range(8, 10));
    assertThat(behind.lost()).isEqualTo(3);
    assertThat(gaps).containsExactly("3-5");
    Replay<String> none = replay().fromSeq(6).fromTs(at(8)).open();
    assertThat(none.position()).isEqualTo(8);
    assertThat(seqs(none)).isEqualTo(range(8, 10));
    assertThat(seqs(replay().fromTs(at(2)).open())).isEqualTo(range(6, 10));
    assertThat(gaps).hasSize(1);
  }

  @Test
  void retentionThatComesWhileATimeIsLookedUpIsTold() {
    for (long ts = 1; ts <= 30; ts++) {
      publish("at " + ts, PublishOptions.none().ts(ts));
    }
    SteppedStores stepped = new SteppedStores(connection());
    TestProcess other = newProcess(stepped.stores(), builder -> builder);
    ReplayBuilder<String> resumed =
        Replay.of(other.bus(), ORDERS).fromSeq(3).fromTs(at(2)).toSeq(30);
    boolean[] happened = new boolean[1];
    for (int step = 0; step == 0 || happened[0]; step++) {
      long first = 4L + step;
      happened[0] = false;
      stepped.at(
          step,
          false,
          () -> {
            happened[0] = true;
            removeBelow(first);
          });
      Replay<String> replay = resumed.open();
      List<Long> got = seqs(replay);
      assertThat(got.size() + replay.lost()).isEqualTo(28);
      assertThat(first).isLessThan(30);
    }
  }

  @Test
  void theEarliestEventHasNoGapBeforeIt() {
    publishMany(10);
    removeBelow(4);
    Replay<String> replay = replay().open();
    assertThat(seqs(replay)).isEqualTo(range(4, 10));
    assertThat(replay.lost()).isZero();
    assertThat(gaps).isEmpty();
  }

  @Test
  void retentionThatOvertakesAReaderIsToldWhereItDid() {
    publishMany(20);
    Replay<String> replay = replay().pageSize(3).open();
    Iterator<Replayed<String>> events = replay.iterator();
    List<Long> got = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      got.add(events.next().record().seq());
    }
    removeBelow(15);
    events.forEachRemaining(event -> got.add(event.record().seq()));
    assertThat(got).startsWith(1L, 2L, 3L, 4L).endsWith(15L, 16L, 17L, 18L, 19L, 20L);
    assertThat(replay.lost()).isEqualTo(20 - got.size());
    assertThat(gaps).containsExactly((15 - replay.lost()) + "-14");
  }

  @Test
  void aStretchThatIsRemovedAltogetherIsOneGap() {
    publishMany(10);
    removeBelow(9);
    Replay<String> replay = replay().fromSeq(2).toSeq(5).open();
    assertThat(seqs(replay)).isEmpty();
    assertThat(gaps).containsExactly("2-5");
    assertThat(replay.position()).isEqualTo(6);
  }

  @Test
  void mistakesAreRefusedByName() {
    publishMany(5);
    assertMistake(() -> replay().fromSeq(0), "fromSeq");
    assertMistake(() -> replay().toSeq(-1), "toSeq");
    assertMistake(() -> replay().limit(-1), "limit");
    assertMistake(() -> replay().pageSize(0), "pageSize");
    assertMistake(() -> replay().pageSize(10_001), "pageSize");
    assertMistake(() -> replay().fromSeq(4).toSeq(2).open(), "toSeq 2");
    assertMistake(() -> replay().fromTs(at(2)).toTs(at(1)).open(), "fromTs");
    assertMistake(() -> replay().fromTs(Instant.MAX), "fromTs");
    assertMistake(() -> replay().toTs(Instant.MIN), "toTs");
    assertMistake(() -> replay().fromSeq(1).startAt(StartAt.EARLIEST), "one start");
    assertMistake(() -> Replay.of(bus(), "no topic").open(), "topic");
  }

  private static void assertMistake(Runnable call, String inMessage) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(inMessage);
  }

  @Test
  void aStoreThatFailsInTheMiddleLosesNothing() {
    publishMany(5);
    TestProcess shaky = newProcess(FailingStores.reading(connection()), builder -> builder);
    Replay<String> replay = Replay.of(shaky.bus(), ORDERS).pageSize(2).open();
    assertThatThrownBy(() -> seqs(replay)).isInstanceOf(PromException.class);
    assertThat(replay.position()).isEqualTo(1);
    assertThat(seqs(replay)).isEqualTo(range(1, 5));
  }

  @Test
  void aStoreThatShowsLessThanItDidIsNotTakenForOneThatLostIt() {
    publishMany(5);
    long[] shown = {2};
    TestProcess behind =
        newProcess(FailingStores.showing(connection(), () -> shown[0]), builder -> builder);
    Replay<String> replay = Replay.of(behind.bus(), ORDERS).open();
    List<Long> got = new ArrayList<>();
    assertThatThrownBy(() -> replay.forEach(event -> got.add(event.record().seq())))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("position 3");
    shown[0] = 5;
    replay.forEach(event -> got.add(event.record().seq()));
    assertThat(got).isEqualTo(range(1, 5));
  }

  @Test
  void aStretchIsPublishedToAnotherTopicAsItWas() {
    publish("skipped");
    bus()
        .publish(
            ORDERS,
            "a",
            PublishOptions.none()
                .id("A-1")
                .key("k")
                .headers(Map.of("traceparent", "00-1"))
                .tags(List.of("red"))
                .causedBy(List.of("cause"))
                .sid("s")
                .ts(7L));
    bus().publish(ORDERS, null, PublishOptions.none().key("k"));
    Republished done = replay().fromSeq(2).open().republish(AGAIN);
    assertThat(done).isEqualTo(new Republished(2, 0, 4));
    EventRecord original = stored(ORDERS.name()).get(1);
    EventRecord first = stored(AGAIN).get(0);
    assertThat(first.payload().bytes()).isEqualTo(original.payload().bytes());
    assertThat(first.key()).isEqualTo("k");
    assertThat(first.headers()).containsExactly(Map.entry("traceparent", "00-1"));
    assertThat(first.tags()).containsExactly("red");
    assertThat(first.causedBy()).containsExactly("cause", "A-1");
    assertThat(first.sid()).isEqualTo("s");
    assertThat(first.ts()).isEqualTo(7);
    assertThat(first.id()).isNotEqualTo("A-1");
    assertThat(stored(AGAIN).get(1).payload().isNull()).isTrue();
  }

  @Test
  void whoIsStoppedAnywhereAndBeginsAgainPublishesNothingTwice() {
    publishMany(20);
    assertThat(replay().limit(7).pageSize(3).open().republish(AGAIN).count()).isEqualTo(7);
    Republished all = replay().pageSize(6).open().republish(AGAIN);
    assertThat(all).isEqualTo(new Republished(20, 7, 21));
    assertThat(stored(AGAIN)).hasSize(20);
    assertThat(stored(AGAIN).stream().map(event -> event.causedBy().get(0)))
        .containsExactlyElementsOf(stored(ORDERS.name()).stream().map(EventRecord::id).toList());
  }

  @Test
  void aPublishWhoseAnswerIsLostIsDoneAgainFromItsFirstEvent() {
    publishMany(5);
    TestProcess shaky = newProcess(FailingStores.appending(connection()), builder -> builder);
    Replay<String> replay = Replay.of(shaky.bus(), ORDERS).pageSize(2).open();
    assertThatThrownBy(() -> replay.republish(AGAIN)).isInstanceOf(PromException.class);
    assertThat(replay.position()).isEqualTo(1);
    assertThat(replay.republish(AGAIN)).isEqualTo(new Republished(5, 2, 6));
    assertThat(stored(AGAIN)).hasSize(5);
  }

  @Test
  void anEventThatDoesNotFitStopsARepublishBeforeItsBatch() {
    publishMany(4);
    publish("x".repeat(2000));
    TestProcess narrow = newProcess(connection(), builder -> builder.maxEventBytes(1000));
    Replay<String> replay = Replay.of(narrow.bus(), ORDERS).pageSize(2).open();
    bus().admin().read(ORDERS.name(), 5, 1).events().get(0).payload().bytes();
    assertThatThrownBy(() -> replay.republish(AGAIN)).isInstanceOf(EventTooLargeException.class);
    assertThat(replay.position()).isEqualTo(5);
    assertThat(stored(AGAIN)).hasSize(4);
  }

  @Test
  void twoTopicsWithTheSameIdsAreRepublishedToOneWithoutLoss() {
    Topic<String> other = Topic.of("orders.other", String.class);
    publish("a", PublishOptions.none().id("A-1"));
    bus().publish(other, "b", PublishOptions.none().id("A-1"));
    replay().open().republish(AGAIN);
    Replay.of(bus(), other).open().republish(AGAIN);
    assertThat(stored(AGAIN)).hasSize(2);
  }

  @Test
  void whereARepublishMayNotGoIsRefusedByName() {
    publish("a");
    assertMistake(() -> replay().open().republish(ORDERS.name()), "itself");
    assertMistake(() -> replay().open().republish("no topic"), "topic");
    assertMistake(() -> replay().open().republish("dlq.orders"), "bus's own");
    assertMistake(() -> replay().open().republish("orders.snapshot"), "bus's own");
  }

  @Test
  void whatIsReadIsWhatWasPublishedToTheLastDigit() {
    String spelled = "{\"n\":1.0e400,\"z\":-0.0,\"big\":123456789012345678901234567890}";
    Topic<Payload> raw = new Topic<>(ORDERS.name(), Payload.class);
    bus().publishAll(raw, List.of(Message.of(Payload.json(spelled))));
    clock.advance(Duration.ofSeconds(1));
    Payload read = replay().open().iterator().next().record().payload();
    assertThat(new String(read.bytes(), StandardCharsets.UTF_8)).isEqualTo(spelled);
  }
}
