package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.StartAt;
import io.promlib.bus.TailOptions;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TailTest extends ClientTest {
  private static final TailOptions SNAPSHOT = TailOptions.builder().snapshot().build();
  private static final Backoff QUICK = Backoff.fixed(Duration.ofMillis(10));

  private final List<String> handled = new CopyOnWriteArrayList<>();

  /** The gateway's tails go on behind this position. */
  private void topicEndsAt(long seq) {
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Subscribe) {
            from.send(ServerFrame.Ok.following(frame.corr(), seq));
            return true;
          }
          return false;
        });
  }

  private ClientTail follow(EventClient client, TailOptions options) {
    return client.tail(
        NUMBERS, options, e -> handled.add(e.payload() + (e.isSnapshot() ? " state" : "")));
  }

  private ClientTail follow(TailOptions options) {
    return follow(connect(builder().reconnect(QUICK)), options);
  }

  private void come(int seq, boolean snapshot) {
    come(seq, Integer.toString(seq), snapshot);
  }

  private void come(int seq, String json, boolean snapshot) {
    EventRecord record =
        new EventRecord("e" + seq, seq, 1, 1, "numbers", Payload.json(json), EventMeta.NONE);
    gateway
        .current()
        .send(new ServerFrame.Event("numbers", null, record, ServerFrame.Context.tail(snapshot)));
  }

  private SubscribeOpts asked() {
    ClientFrame.Subscribe frame = gateway.next(ClientFrame.Subscribe.class);
    assertThat(frame.group()).isNull();
    return frame.opts();
  }

  private void handledAre(String... expected) {
    until(() -> handled.equals(List.of(expected)));
  }

  private SubscribeOpts askedAfterDrop() {
    gateway.current().drop();
    return asked();
  }

  @Test
  void itAsksForWhatTheOptionsSay() {
    Filter.Match match = new Filter.Match("k", List.of(), Map.of());
    follow(TailOptions.builder().startAt(StartAt.EARLIEST).batchSize(7).filter(match).build());

    assertThat(asked()).isEqualTo(SubscribeOpts.tail(StartAt.EARLIEST, false, 7, 7, match));
  }

  @Test
  void eventsAreHandledInOrderAndAFailureIsPassedOver() {
    connect()
        .tail(
            NUMBERS,
            TailOptions.defaults(),
            e -> {
              handled.add("" + e.payload());
              if (e.payload() == 2) {
                throw new IllegalStateException("not today");
              }
            });
    IntStream.rangeClosed(1, 4).forEach(i -> come(i, false));

    handledAre("1", "2", "3", "4");
  }

  @Test
  void aLostConnectionIsFollowedBehindTheLastEventThatCame() {
    ClientTail tail = follow(TailOptions.builder().startAt(StartAt.EARLIEST).build());
    asked();
    come(1, false);
    come(2, false);
    handledAre("1", "2");

    assertThat(askedAfterDrop())
        .isEqualTo(SubscribeOpts.tail(new StartAt.AfterSeq(2), false, 100, 100, null));
    come(2, false);
    come(3, false);
    handledAre("1", "2", "3");
    until(() -> tail.position() == 4);
  }

  @Test
  void aConnectionLostBeforeTheFirstEventMissesNothing() {
    topicEndsAt(41);
    ClientTail tail = follow(TailOptions.defaults());
    assertThat(asked().from()).isEqualTo(StartAt.LATEST);

    assertThat(tail.position()).isEqualTo(42);
    assertThat(askedAfterDrop().from()).isEqualTo(new StartAt.AfterSeq(41));
  }

  @Test
  void whatWaitsForTheHandlerOutlivesItsConnection() {
    CountDownLatch may = new CountDownLatch(1);
    EventClient client = connect(builder().reconnect(QUICK));
    client.tail(
        NUMBERS,
        TailOptions.defaults(),
        e -> {
          reached(may);
          handled.add("" + e.payload());
        });
    asked();
    IntStream.rangeClosed(1, 5).forEach(i -> come(i, false));
    client.publish(NUMBERS, 0);

    assertThat(askedAfterDrop().from()).isEqualTo(new StartAt.AfterSeq(5));
    may.countDown();
    come(6, false);
    handledAre("1", "2", "3", "4", "5", "6");
  }

  @Test
  void aSnapshotThatWasCutBeginsAgain() {
    topicEndsAt(9);
    follow(SNAPSHOT);
    assertThat(asked().snapshot()).isTrue();
    come(5, true);
    handledAre("5 state");

    SubscribeOpts again = askedAfterDrop();

    assertThat(again).isEqualTo(SubscribeOpts.tail(StartAt.LATEST, true, 100, 100, null));
    come(5, true);
    come(3, true);
    come(10, false);
    handledAre("5 state", "5 state", "3 state", "10");
  }

  @Test
  void behindASnapshotItGoesOnByPosition() {
    topicEndsAt(9);
    follow(SNAPSHOT);
    asked();
    come(5, true);
    come(10, false);
    handledAre("5 state", "10");

    assertThat(askedAfterDrop())
        .isEqualTo(SubscribeOpts.tail(new StartAt.AfterSeq(10), false, 100, 100, null));
  }

  @Test
  void aGapIsToldInItsPlace() {
    follow(
        TailOptions.builder()
            .gapListener((from, to) -> handled.add("gap " + from + "-" + to))
            .build());
    asked();
    come(1, false);
    gateway.current().send(new ServerFrame.Gap("numbers", null, 2, 8));
    come(9, false);
    handledAre("1", "gap 2-8", "9");

    gateway.current().send(new ServerFrame.Gap("numbers", null, 10, 12));
    handledAre("1", "gap 2-8", "9", "gap 10-12");
    assertThat(askedAfterDrop().from()).isEqualTo(new StartAt.AfterSeq(12));
  }

  @Test
  void aSlowHandlerPausesTheGatewayUntilHalfOfWhatWaitedIsDone() {
    CountDownLatch may = new CountDownLatch(1);
    connect()
        .tail(
            NUMBERS,
            TailOptions.builder().batchSize(10).build(),
            e -> {
              reached(may);
              handled.add("" + e.payload());
            });
    IntStream.rangeClosed(1, 11).forEach(i -> come(i, false));

    assertThat(gateway.next(ClientFrame.Pause.class).group()).isNull();
    assertThat(gateway.received(ClientFrame.Resume.class)).isZero();
    may.countDown();
    assertThat(gateway.next(ClientFrame.Resume.class).group()).isNull();
    until(() -> handled.size() == 11);
  }

  @Test
  void fromAGatewayThatGoesOnRegardlessNoMoreIsTakenThanMayWait() {
    CountDownLatch may = new CountDownLatch(1);
    EventClient client = connect();
    client.tail(
        Topic.of("numbers", String.class),
        TailOptions.defaults(),
        e -> {
          reached(may);
          handled.add("" + e.record().seq());
        });
    asked();
    String large = "\"" + "x".repeat(900_000) + "\"";
    IntStream.rangeClosed(1, 60).forEach(i -> come(i, large, false));

    assertThat(gateway.next(ClientFrame.Unsubscribe.class).group()).isNull();
    // Answered behind all that this gateway sent, which is not to be taken for the tail asked for
    // again.
    client.publish(NUMBERS, 0);
    may.countDown();
    long after = ((StartAt.AfterSeq) asked().from()).seq();
    assertThat(after).isBetween(36L, 40L);
    // Answered behind the second SUBSCRIBE, before which nothing of it may come.
    client.publish(NUMBERS, 0);
    // While what came before waits, the rest would be too much once more.
    handledAre(upTo(after));
    IntStream.rangeClosed((int) after + 1, 60).forEach(i -> come(i, large, false));
    handledAre(upTo(60));
  }

  private static String[] upTo(long last) {
    return LongStream.rangeClosed(1, last).mapToObj(Long::toString).toArray(String[]::new);
  }

  @Test
  void aPausedTailHandlesNothingUntilItIsResumed() {
    EventClient client = connect();
    ClientTail tail = follow(client, TailOptions.builder().paused().build());
    gateway.next(ClientFrame.Pause.class);
    come(1, false);
    client.publish(NUMBERS, 0);
    assertThat(handled).isEmpty();

    tail.resume();

    handledAre("1");
    gateway.next(ClientFrame.Resume.class);
  }

  @Test
  void aSecondTailOfTheTopicIsRefusedHere() {
    EventClient client = connect();
    follow(client, TailOptions.defaults());

    assertThatThrownBy(() -> follow(client, TailOptions.defaults()))
        .isInstanceOfSatisfying(
            ClientException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_SUBSCRIBED));
    assertThat(client.unsubscribe("numbers", "g")).isFalse();
    assertThat(client.unsubscribe("numbers", null)).isTrue();
    assertThat(gateway.next(ClientFrame.Unsubscribe.class).group()).isNull();
    follow(client, TailOptions.defaults());
  }

  @Test
  void aRevokedTailHasEnded() {
    ClientTail tail = follow(TailOptions.defaults());
    gateway.current().send(new ServerFrame.Revoked("numbers", null, "no more"));

    assertThat(failure(tail.ended())).hasMessageContaining("no more");
  }

  @Test
  void aPositionThatTheGatewayDoesNotHaveEndsIt() {
    ClientTail tail = follow(TailOptions.defaults());
    come(7, false);
    handledAre("7");
    gateway.script(
        (from, frame) -> {
          if (frame instanceof ClientFrame.Subscribe) {
            from.send(ServerFrame.Err.of(ErrorCode.BAD_REQUEST, "opts.seq: beyond", frame.corr()));
            return true;
          }
          return false;
        });

    gateway.current().drop();

    assertThat(failure(tail.ended())).hasMessageContaining("opts.seq");
  }

  @Test
  void aClosedTailHandlesNoMore() {
    ClientTail tail = follow(TailOptions.defaults());
    come(1, false);
    handledAre("1");
    tail.close();
    come(2, false);

    get(tail.ended());
    assertThat(handled).containsExactly("1");
  }

  @Test
  void aTombstoneHasNoPayload() {
    connect()
        .tail(
            NUMBERS,
            TailOptions.defaults(),
            e -> handled.add(e.isTombstone() ? "gone" : "" + e.payload()));
    come(1, "null", false);
    handledAre("gone");
  }

  @Test
  void aGapThatComesWithASnapshotIsToldAndMovesNothing() {
    topicEndsAt(10);
    ClientTail tail =
        follow(
            TailOptions.builder()
                .snapshot()
                .gapListener((from, to) -> handled.add(from + "-" + to))
                .build());
    come(9, true);
    gateway.current().send(new ServerFrame.Gap("numbers", null, 2, 5));
    come(10, true);
    come(10, false);
    handledAre("9 state", "2-5", "10 state");
    assertThat(tail.position()).isZero();

    come(11, false);

    handledAre("9 state", "2-5", "10 state", "11");
    until(() -> tail.position() == 12);
  }

  @Test
  void onSnapshotHearsBeforeEachSnapshotInItsPlace() {
    topicEndsAt(100);
    follow(TailOptions.builder().snapshot().onSnapshot(() -> handled.add("begin")).build());
    asked();
    come(7, true);
    handledAre("begin", "7 state");
    // Another gateway, whose positions are lower, and whose answer is late.
    gateway.script((from, frame) -> frame instanceof ClientFrame.Subscribe);
    askedAfterDrop();

    come(3, true);
    come(4, false);

    handledAre("begin", "7 state", "begin", "3 state", "4");
  }
}
