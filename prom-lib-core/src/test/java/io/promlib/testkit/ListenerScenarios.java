package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.PromException;
import io.promlib.bus.BusListener;
import io.promlib.bus.DeadLetter;
import io.promlib.bus.StartAt;
import io.promlib.event.PublishOptions;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a listener is told, and that nothing depends on it. */
public abstract class ListenerScenarios extends EngineScenarios {
  private final Received got = new Received();

  @Test
  void aPublishIsToldAndADuplicateIsNot() {
    PublishOptions id = PublishOptions.none().id("order-7");
    publish("a", id);
    publish("a", id);
    var answer = bus().publishAsync(ORDERS, "b", PublishOptions.none());
    run();
    assertThat(answer).isCompleted();
    publishMany(2);
    assertThat(heard().calls())
        .containsExactly(
            "publish orders.placed #1",
            "publish orders.placed #2",
            "publish orders.placed #3",
            "publish orders.placed #4");
  }

  @Test
  void aHandlerThatReturnsIsToldAsDeliveredHandledAndAcked() {
    subscribe(options(), got);
    publish("a");
    run();
    assertThat(heard().calls())
        .containsExactly(
            "publish orders.placed #1",
            "deliver mailer #1 attempt 1",
            "handled mailer #1",
            "ack mailer #1");
  }

  @Test
  void aHandlersTimeIsTold() {
    got.then(delivery -> clock.advance(Duration.ofSeconds(4)));
    subscribe(options(), got);
    publish("a");
    heard().clear();
    run();
    assertThat(heard().durations()).containsExactly(Duration.ofSeconds(4));
  }

  @Test
  void aHandlerThatThrowsIsToldAsNackedWithItsErrorAndTheAttempt() {
    got.fails();
    subscribe(options(), got);
    publish("a");
    pass(SECOND);
    assertThat(heard().calls("nack"))
        .containsExactly(
            "nack mailer #1 attempt 1: java.lang.IllegalStateException: boom",
            "nack mailer #1 attempt 2: java.lang.IllegalStateException: boom");
    assertThat(heard().calls("ack")).isEmpty();
  }

  @Test
  void anExplicitCallIsToldOnceAndOneWithoutEffectIsNot() {
    subscribe(manual(), got);
    publishMany(2);
    run();
    got.get(0).ack();
    got.get(0).ack();
    got.get(1).nack("later");
    got.get(1).nack("later");
    got.get(1).ack();
    run();
    assertThat(heard().calls("ack")).containsExactly("ack mailer #1");
    assertThat(heard().calls("nack")).containsExactly("nack mailer #2 attempt 1: later");
  }

  @Test
  void anAckInTheHandlerIsToldOnce() {
    got.then(delivery -> delivery.ack());
    subscribe(options(), got);
    publish("a");
    run();
    assertThat(heard().calls("ack")).containsExactly("ack mailer #1");
  }

  @Test
  void aLeaseThatEndsIsToldWithItsAttempt() {
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofSeconds(12));
    assertThat(heard().calls("expire"))
        .containsExactly("expire mailer #1 attempt 1", "expire mailer #1 attempt 2");
    assertThat(heard().calls("nack")).isEmpty();
  }

  @Test
  void aDeadLetterIsToldWithItsAttemptsAndReason() {
    got.fails();
    subscribe(options().maxAttempts(2), got);
    publish("a");
    pass(Duration.ofSeconds(5));
    assertThat(heard().calls("dead"))
        .containsExactly("dead mailer #1 attempts 2: java.lang.IllegalStateException: boom");
  }

  @Test
  void aSkipIsToldWithItsRange() {
    subscribe(options(), got).close();
    publishMany(4);
    process().stores().events().removeBelow(ORDERS.name(), 3);
    subscribe(options(), got);
    run();
    assertThat(heard().calls("skip")).containsExactly("skip orders.placed mailer #1 to #2");
  }

  @Test
  void aStoreThatFailsIsToldAndTriedAgain() {
    TestProcess process = newProcess(FailingStores.reading(connection()), builder -> builder);
    process.bus().subscribe(ORDERS, "other", options().build(), got);
    run();
    process.bus().publish(ORDERS, "a");
    pass(Duration.ofSeconds(2));
    assertThat(process.heard().calls("error")).containsExactly("error orders.placed other");
    assertThat(process.heard().errors().get(0))
        .isInstanceOf(PromException.class)
        .hasMessageContaining("connection broke");
    assertThat(got.seqs()).containsExactly(1L);
  }

  @Test
  void aListenerThatThrowsChangesNothing() {
    List<Supplier<Throwable>> failures =
        List.of(() -> new IllegalStateException("boom"), () -> new AssertionError("boom"));
    for (Supplier<Throwable> failure : failures) {
      Received seen = new Received();
      String group = "group-" + failures.indexOf(failure);
      TestProcess process = newProcess(builder -> builder.listener(throwing(failure)));
      seen.then(
          delivery -> {
            if (delivery.payload().equals("fails")) {
              throw new IllegalStateException("boom");
            }
          });
      process
          .bus()
          .subscribe(ORDERS, group, options().startAt(StartAt.LATEST).maxAttempts(2).build(), seen);
      process.bus().publish(ORDERS, "fails");
      process.bus().publish(ORDERS, "works");
      pass(Duration.ofSeconds(3));
      assertThat(seen.payloads()).containsExactlyInAnyOrder("fails", "works", "fails");
      assertThat(group(group).unfinished()).isZero();
      assertThat(letters()).extracting(DeadLetter::group).contains(group);
    }
  }

  @Test
  void eachOfSeveralListenersIsToldWhateverOneBeforeItThrows() {
    RecordingListener second = new RecordingListener();
    TestProcess process =
        newProcess(
            builder ->
                builder
                    .listener(throwing(() -> new IllegalStateException("boom")))
                    .listener(second));
    process.bus().publish(ORDERS, "a");
    assertThat(process.heard().calls()).containsExactly("publish orders.placed #1");
    assertThat(second.calls()).containsExactly("publish orders.placed #1");
  }

  private RecordingListener heard() {
    return process().heard();
  }

  private static BusListener throwing(Supplier<Throwable> failure) {
    return (BusListener)
        Proxy.newProxyInstance(
            BusListener.class.getClassLoader(),
            new Class<?>[] {BusListener.class},
            (proxy, method, arguments) -> {
              throw failure.get();
            });
  }
}
