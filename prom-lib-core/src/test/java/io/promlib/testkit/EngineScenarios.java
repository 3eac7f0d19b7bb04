package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.EventBus;
import io.promlib.bus.EventBusBuilder;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * Where the bus's promises are tested over a pair of stores: processes that run at the test's word,
 * on one clock that the test turns. Each store's own test extends the classes made from this one
 * and says how to reach it.
 */
@Timeout(180)
public abstract class EngineScenarios {
  protected static final Topic<String> ORDERS = Topic.of("orders.placed", String.class);
  protected static final String GROUP = "mailer";
  protected static final Duration SECOND = Duration.ofSeconds(1);

  /** The longest that the clock goes while nobody works. */
  private static final Duration STRIDE = Duration.ofMillis(500);

  protected final ManualClock clock = new ManualClock();
  private final List<TestProcess> processes = new ArrayList<>();
  private Supplier<Stores> connections =
      () -> {
        throw new IllegalStateException("the stores are made before each test");
      };

  /** Empty stores; each call of the answer is one process's connection to the same data. */
  protected abstract Supplier<Stores> stores() throws Exception;

  @BeforeEach
  final void connect() throws Exception {
    connections = stores();
  }

  @AfterEach
  final void disconnect() throws Exception {
    for (TestProcess process : processes) {
      close(process);
      process.stores().events().close();
      process.stores().groups().close();
    }
  }

  /** Closes a bus, and turns the clock past the grace period if a handler is still at work. */
  private void close(TestProcess process) throws Exception {
    CompletableFuture<Void> closing = CompletableFuture.runAsync(process.bus()::close);
    while (true) {
      try {
        closing.get(20, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        clock.advance(Duration.ofMinutes(1));
      }
    }
  }

  /** One more process. */
  protected final TestProcess newProcess() {
    return newProcess(builder -> builder);
  }

  protected final TestProcess newProcess(UnaryOperator<EventBusBuilder> more) {
    return newProcess(connections.get(), more);
  }

  protected final TestProcess newProcess(Stores stores, UnaryOperator<EventBusBuilder> more) {
    TestProcess made = new TestProcess(stores, clock, more);
    processes.add(made);
    return made;
  }

  /** Another connection to the same data, for a test to stand between. */
  protected final Stores connection() {
    return connections.get();
  }

  /** The first process. */
  protected final TestProcess process() {
    return processes.isEmpty() ? newProcess() : processes.get(0);
  }

  protected final EventBus bus() {
    return process().bus();
  }

  /** Runs every process until none has anything left to do at this time. */
  protected final void run() {
    int ran;
    do {
      ran = 0;
      for (TestProcess process : List.copyOf(processes)) {
        ran += process.workers().runAll();
      }
    } while (ran > 0);
  }

  /** Lets time go by, with every process at work. */
  protected final void pass(Duration time) {
    run();
    Duration left = time;
    while (!left.isZero()) {
      Duration step = left.compareTo(STRIDE) < 0 ? left : STRIDE;
      clock.advance(step);
      run();
      left = left.minus(step);
    }
  }

  /** Options of a group that begins at the oldest event and retries after a second each time. */
  protected static SubscribeOptions.Builder options() {
    return SubscribeOptions.builder().startAt(StartAt.EARLIEST).backoff(Backoff.fixed(SECOND));
  }

  /** The same, where only an explicit call settles. */
  protected static SubscribeOptions.Builder manual() {
    return options().manualAck();
  }

  protected final Subscription subscribe(SubscribeOptions.Builder options, Received handler) {
    return bus().subscribe(ORDERS, GROUP, options.build(), handler);
  }

  protected final Published publish(String payload) {
    return bus().publish(ORDERS, payload);
  }

  protected final Published publish(String payload, PublishOptions options) {
    return bus().publish(ORDERS, payload, options);
  }

  protected final Published publishKeyed(String key) {
    return publish("of " + key, PublishOptions.none().key(key));
  }

  /** Publishes so many events together. */
  protected final List<Published> publishMany(int count) {
    List<Message<String>> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(Message.of("event " + i));
    }
    return bus().publishAll(ORDERS, messages);
  }

  protected final GroupView group() {
    return group(GROUP);
  }

  protected final GroupView group(String group) {
    run();
    return bus().admin().group(ORDERS.name(), group).orElseThrow();
  }

  protected final List<DeadLetter> letters() {
    run();
    return bus().admin().deadLetters(ORDERS.name()).list(1, 1000);
  }

  protected final DeadLetter onlyLetter() {
    assertThat(letters()).hasSize(1);
    return letters().get(0);
  }

  protected final boolean redrive(DeadLetter letter) {
    boolean redriven = bus().admin().deadLetters(ORDERS.name()).redrive(letter.id());
    run();
    return redriven;
  }
}
