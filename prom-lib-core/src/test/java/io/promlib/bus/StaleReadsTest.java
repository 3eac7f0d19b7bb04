package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.store.EventStore;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.Page;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A store whose reads are behind what was claimed, as a majority read may be. */
class StaleReadsTest extends EngineScenarios {
  private final InMemoryGroupStore groups = new InMemoryGroupStore();
  private final InMemoryEventStore events = new InMemoryEventStore();
  private final Received got = new Received();

  /** Reads show nothing of the topics above it. */
  private long shown = Long.MAX_VALUE;

  private int reads;

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(stale(), groups);
    return () -> stores;
  }

  @Test
  void whatWasClaimedAndIsNotShownYetIsReadLater() {
    waitsAndLosesNothing(Ordering.NONE);
  }

  @Test
  void inKeyOrderToo() {
    waitsAndLosesNothing(Ordering.KEY);
  }

  private void waitsAndLosesNothing(Ordering ordering) {
    subscribe(options().ordering(ordering), got);
    publish("a");
    run();
    shown = 1;
    publish("b");
    publish("c");
    pass(Duration.ofSeconds(2));
    assertThat(got.seqs()).containsExactly(1L);
    assertThat(stored().floor()).isEqualTo(1);
    shown = 2;
    pass(Duration.ofMillis(50));
    assertThat(got.seqs()).containsExactly(1L, 2L);
    shown = 3;
    pass(Duration.ofMillis(50));
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L);
    pass(SECOND);
    assertThat(stored().floor()).isEqualTo(3);
    assertThat(stored().skipped()).isZero();
  }

  @Test
  void aStoreThatIsBehindIsNotAskedWithoutPause() {
    subscribe(options(), got);
    shown = 0;
    publish("a");
    run();
    reads = 0;
    for (int i = 0; i < 20; i++) {
      clock.advance(Duration.ofMillis(50));
      run();
    }
    assertThat(reads).isBetween(10, 20);
  }

  @Test
  void aRetryThatIsNotShownYetIsReadLaterAndCountsNothing() {
    got.fails();
    subscribe(options(), got);
    publish("a");
    run();
    shown = 0;
    pass(Duration.ofSeconds(5));
    assertThat(got.attempts()).containsExactly(1);
    assertThat(stored().floor()).isZero();
    got.then(delivery -> {});
    shown = 1;
    pass(Duration.ofMillis(50));
    assertThat(got.attempts()).containsExactly(1, 2);
    pass(SECOND);
    assertThat(stored().floor()).isEqualTo(1);
  }

  @Test
  void aRetryWhoseEventWasRemovedIsDoneWhenALaterOneIsShown() {
    got.fails();
    subscribe(options().filter("first", event -> event.seq() == 1), got);
    publish("a");
    publish("b");
    run();
    events.remove(ORDERS.name(), List.of(1L));
    pass(Duration.ofSeconds(5));
    assertThat(got.attempts()).containsExactly(1);
    assertThat(stored().floor()).isEqualTo(2);
  }

  @Test
  void aRedrivenLetterThatIsNotShownYetIsReadLater() {
    got.fails();
    subscribe(options().maxAttempts(1), got);
    publish("a");
    run();
    var letter = onlyLetter();
    got.then(delivery -> {});
    shown = 0;
    redrive(letter);
    pass(Duration.ofSeconds(5));
    assertThat(got.count()).isEqualTo(1);
    shown = Long.MAX_VALUE;
    pass(Duration.ofMillis(50));
    assertThat(got.count()).isEqualTo(2);
    assertThat(letters()).isEmpty();
  }

  @Test
  void whatRetentionTookMeanwhileIsLostAndNotWaitedFor() {
    subscribe(options(), got);
    run();
    shown = 0;
    publishMany(3);
    run();
    events.removeBelow(ORDERS.name(), 3);
    shown = 2;
    pass(SECOND);
    assertThat(stored().floor()).isEqualTo(2);
    assertThat(stored().skipped()).isEqualTo(2);
    shown = 3;
    pass(SECOND);
    assertThat(got.seqs()).containsExactly(3L);
  }

  private GroupState stored() {
    return groups.load(new GroupKey(ORDERS.name(), GROUP)).orElseThrow().state();
  }

  private EventStore stale() {
    return (EventStore)
        Proxy.newProxyInstance(
            EventStore.class.getClassLoader(),
            new Class<?>[] {EventStore.class},
            (proxy, method, arguments) -> {
              Object answer;
              try {
                answer = method.invoke(events, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (answer instanceof Page page) {
                reads++;
                return new Page(
                    page.first(),
                    Math.min(page.tail(), shown),
                    page.events().stream().filter(event -> event.seq() <= shown).toList());
              }
              return answer;
            });
  }
}
