package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.EventBus;
import io.promlib.bus.Isolation;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Topic;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who is blamed for a crash: only what ran alone when it came. */
public abstract class CrashScenarios extends EngineScenarios {
  private static final Topic<String> OTHER = Topic.of("invoices.sent", String.class);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Isolation connection = new Isolation("connection");
  private final Received got = new Received();
  private final Received beside = new Received();

  @Test
  void onlyTheKillerBecomesADeadLetterAndTheInnocentsAreDelivered() {
    publishMany(5);
    bus().publish(OTHER, "innocent of another group");
    int crashes = 0;
    for (int round = 0; round < 30; round++) {
      Isolation next = new Isolation("connection " + round);
      Received mine = new Received();
      Received others = new Received();
      Subscription one = subscribe(crashing(next).maxAttempts(3), mine);
      Subscription another = besideIt(crashing(next).maxAttempts(3), others);
      pass(Duration.ofSeconds(2));
      if (mine.seqs().contains(2L)) {
        crashes++;
        one.abandon();
        another.abandon();
      } else {
        ackAll(mine);
        ackAll(others);
        one.close();
        another.close();
      }
      run();
    }
    assertThat(crashes).isGreaterThanOrEqualTo(3);
    assertThat(letters()).extracting(DeadLetter::original).extracting("seq").containsExactly(2L);
    assertThat(bus().admin().deadLetters(OTHER.name()).list(1, 10)).isEmpty();
    assertThat(group().floor()).isEqualTo(5);
    assertThat(bus().admin().group(OTHER.name(), "beside").orElseThrow().floor()).isEqualTo(1);
  }

  @Test
  void aStartAloneWaitsForWhatOtherGroupsOfItsIsolationHaveInFlight() {
    crashOnce();
    besideIt(crashing(connection), beside);
    bus().publish(OTHER, "in flight");
    run();
    subscribe(crashing(connection), got);
    pass(Duration.ofSeconds(2));
    assertThat(beside.count()).isEqualTo(1);
    assertThat(got.count()).isEqualTo(1);
    ackAll(beside);
    run();
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void nothingOfItsIsolationStartsBesideAnEventThatRunsAlone() {
    crashOnce();
    besideIt(crashing(connection), beside);
    subscribe(crashing(connection), got);
    pass(Duration.ofSeconds(2));
    assertThat(got.attempts()).containsExactly(1, 2);
    bus().publish(OTHER, "must wait");
    pass(Duration.ofSeconds(20));
    assertThat(beside.count()).isZero();
    got.last().ack();
    run();
    assertThat(beside.count()).isEqualTo(1);
  }

  @Test
  void aStartAloneThatWaitsInVainLetsTheOthersGoOnAndComesBack() {
    crashOnce();
    besideIt(crashing(connection), beside);
    bus().publish(OTHER, "in flight for long");
    run();
    subscribe(crashing(connection), got);
    pass(SECOND);
    bus().publish(OTHER, "waits meanwhile");
    pass(Duration.ofSeconds(4));
    assertThat(beside.count()).isEqualTo(1);
    pass(Duration.ofSeconds(2));
    assertThat(beside.count()).isEqualTo(2);
    assertThat(got.count()).isEqualTo(1);
    ackAll(beside);
    pass(Duration.ofSeconds(10));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void aStartAloneHoldsNothingUpForEverWhenItsSubscriberGoes() {
    crashOnce();
    besideIt(crashing(connection), beside);
    bus().publish(OTHER, "in flight for long");
    run();
    Subscription waiting = subscribe(crashing(connection), got);
    pass(Duration.ofSeconds(2));
    waiting.close();
    bus().publish(OTHER, "the next");
    pass(Duration.ofSeconds(10));
    assertThat(beside.count()).isEqualTo(2);
  }

  @Test
  void twoIsolationsDoNotWaitForEachOther() {
    crashOnce();
    besideIt(crashing(new Isolation("another")), beside);
    bus().publish(OTHER, "in flight");
    run();
    subscribe(crashing(connection), got);
    pass(Duration.ofSeconds(2));
    assertThat(got.attempts()).containsExactly(1, 2);
    bus().publish(OTHER, "more");
    run();
    assertThat(beside.count()).isEqualTo(2);
  }

  @Test
  void aCrashOfAProcessIsConclusiveForTheEventThatRanAlone() {
    newProcess();
    publish("killer");
    dieWith(got);
    dieWith(got);
    Received last = new Received();
    subscribe(hour().maxAttempts(2), last);
    pass(Duration.ofMinutes(1));
    assertThat(got.attempts()).containsExactly(1, 2);
    assertThat(last.count()).isZero();
    assertThat(onlyLetter().original().seq()).isEqualTo(1);
    assertThat(onlyLetter().attempts()).isEqualTo(2);
  }

  @Test
  void aCrashOfAProcessIsInconclusiveForWhatRanBeside() {
    newProcess();
    publishMany(2);
    dieWith(got);
    Received second = new Received();
    dieWith(second);
    assertThat(second.seqs()).containsExactly(1L);
    Received last = new Received();
    subscribe(hour().maxAttempts(2), last);
    pass(Duration.ofMinutes(1));
    assertThat(last.seqs()).containsExactly(2L);
    last.last().ack();
    assertThat(onlyLetter().original().seq()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(2);
  }

  @Test
  void aNackIsNoCrashAndNeedsNotRunAlone() {
    publish("fails");
    subscribe(crashing(connection), got);
    besideIt(crashing(connection), beside);
    bus().publish(OTHER, "in flight");
    run();
    got.last().nack("no");
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  /** One event of the group has failed once, by a crash; its next attempt is its last. */
  private void crashOnce() {
    publish("suspect");
    Subscription subscription = subscribe(crashing(connection), got);
    run();
    assertThat(got.count()).isEqualTo(1);
    subscription.abandon();
    run();
  }

  /** A process gets what there is and is killed with it. */
  private void dieWith(Received received) {
    TestProcess process = newProcess();
    EventBus doomed = process.bus();
    doomed.subscribe(ORDERS, GROUP, hour().maxAttempts(2).build(), received);
    pass(Duration.ofMinutes(1));
    process.kill();
  }

  private Subscription besideIt(SubscribeOptions.Builder options, Received handler) {
    return bus().subscribe(OTHER, "beside", options.build(), handler);
  }

  private static SubscribeOptions.Builder hour() {
    return manual().ackDeadline(HOUR);
  }

  private static SubscribeOptions.Builder crashing(Isolation isolation) {
    return hour().maxAttempts(2).isolation(isolation);
  }

  private static void ackAll(Received received) {
    for (int i = 0; i < received.count(); i++) {
      received.get(i).ack();
    }
  }
}
