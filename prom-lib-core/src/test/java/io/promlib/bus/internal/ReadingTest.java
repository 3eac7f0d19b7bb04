package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.BusListener;
import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.store.Backoff;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class ReadingTest {
  private static final String TOPIC = "orders";
  private static final GroupKey KEY = new GroupKey(TOPIC, "mailer");

  private final InMemoryEventStore events = new InMemoryEventStore();
  private final List<String> reads = new ArrayList<>();
  private final List<String> skips = new ArrayList<>();

  @Test
  void whatLiesBetweenThePositionsOfAGroupWithSlotsIsNotRead() {
    append(210);
    Book book = book(Ordering.KEY);
    book.places.unreadFresh = SeqSet.of(10, 11, 205);

    readAll(book);

    assertThat(reads).containsExactly("2 from 10", "1 from 205");
    assertThat(book.lanes.size()).isEqualTo(3);
  }

  @Test
  void whatRetentionTookIsToldWithoutThePositionsOfOthersBetween() {
    append(10);
    events.removeBelow(TOPIC, 8);
    Book book = book(Ordering.NONE);
    book.places.unreadFresh = SeqSet.of(2, 3, 5, 9);

    readAll(book);

    assertThat(skips).containsExactly("2 to 3", "5 to 5");
    assertThat(book.lanes.size()).isEqualTo(1);
  }

  private void readAll(Book book) {
    Wiring wiring = wiring();
    Reading reading =
        new Reading(
            KEY, wiring, new LetterBox(TOPIC, wiring), new ReentrantLock(), List.of(), book);
    int rounds = 0;
    while (reading.readFresh()) {
      assertThat(++rounds).isLessThan(100);
    }
  }

  private static Book book(Ordering ordering) {
    GroupSettings settings = new GroupSettings(ordering, Filter.ALL, 5, Backoff.DEFAULT, null);
    Versioned stored = new Versioned(GroupState.starting(settings, 1, 0), new Version(1, 1));
    return new Book(stored, "process", "a", 10_000, Failures.of(KEY, settings, () -> 0.5));
  }

  private void append(int count) {
    List<Draft> drafts = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      drafts.add(new Draft("e" + i, true, 0, Payload.json("1"), EventMeta.NONE));
    }
    events.append(TOPIC, drafts, 0);
  }

  private Wiring wiring() {
    BusListener listener =
        new BusListener() {
          @Override
          public void onSkip(String topic, String group, long from, long to) {
            skips.add(from + " to " + to);
          }
        };
    return new Wiring(
        counted(),
        new InMemoryGroupStore(),
        new ManualClock(),
        Runnable::run,
        new ObjectMapper(),
        listener,
        false,
        "process",
        1 << 20,
        Duration.ZERO,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Duration.ZERO,
        Duration.ofSeconds(1),
        List.of());
  }

  private EventStore counted() {
    return (EventStore)
        Proxy.newProxyInstance(
            EventStore.class.getClassLoader(),
            new Class<?>[] {EventStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("read")) {
                reads.add(arguments[2] + " from " + arguments[1]);
              }
              return method.invoke(events, arguments);
            });
  }
}
