package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a process holds of a group with slots. */
class BookSlotsTest {
  private static final GroupSettings SETTINGS =
      new GroupSettings(Ordering.KEY, Filter.ALL, 5, Backoff.DEFAULT, null);

  /** Of a slot in the upper half, which stays when half of them go. */
  private static final String KEY =
      IntStream.range(0, 1000)
          .mapToObj(i -> "key " + i)
          .filter(key -> Slots.of(key) >= Slots.COUNT / 2)
          .findFirst()
          .orElseThrow();

  private Versioned stored = new Versioned(GroupState.starting(SETTINGS, 1, 0), new Version(1, 1));

  @Test
  void slotsBelowWhatTheTopicHoldsAreMovedAsSoonAsThatIsRead() {
    Book book = book("a");
    Request request = new Request(1, 1, 10);
    writes(book, request);
    book.holdsFrom(5);

    writes(book, request);

    assertThat(stored.state().next()).isEqualTo(5);
    assertThat(book.prepare(request, false, true, 0)).isNull();
  }

  @Test
  void anEventWhoseFailureIsNotWrittenYetRestsWhenItsSlotIsToGoAfterAll() {
    Book book = book("a");
    Lease lease = startsTheFirstOfTwo(book);
    book.rebalance(false, 0);
    book.leasing.nack(lease, "no", Duration.ZERO, 0);
    book.rebalance(true, 0);
    assertThat(book.places.unreadRetried).extracting(Unfinished::failures).containsExactly(1);

    book.rebalance(false, 0);

    assertThat(book.places.unreadRetried).isEmpty();
    assertThat(book.places.unreadFresh.isEmpty()).isTrue();
  }

  @Test
  void anExpiredEventThatIsTerminatedHoldsItsKeyBackUntilItsLetterIsWritten() {
    Book book = book("a");
    Lease lease = startsTheFirstOfTwo(book);
    book.rebalance(false, 0);
    book.leasing.expire(lease, 0);
    book.rebalance(true, 0);

    assertThat(book.leasing.terminate(lease, "no use", 0)).isEqualTo(AckResult.OK);
    book.intake.readFresh(List.of(record(2)), SeqSet.of(2), SeqSet.EMPTY, 0);

    assertThat(book.lanes.peek()).isNull();
    book.intake.buried(book.places.fatal.get(0), 0);
    assertThat(Objects.requireNonNull(book.lanes.peek()).record().seq()).isEqualTo(2);
  }

  /** Claims two events of a key, starts the first, and meets another process. */
  private Lease startsTheFirstOfTwo(Book book) {
    Request request = new Request(2, 1, 2);
    writes(book, request);
    assertThat(book.readsFrom(request)).isEqualTo(1);
    book.readAhead(1, 2, List.of(record(1), record(2)));
    writes(book, request);
    book.intake.readFresh(List.of(record(1), record(2)), SeqSet.range(1, 2), SeqSet.EMPTY, 0);
    Lease lease = Objects.requireNonNull(book.lanes.peek());
    book.lanes.take();
    lease.state(Lease.LEASED);
    book.leased.add(lease);
    writes(book("b"), request);
    assertThat(book.loaded(stored)).isTrue();
    return lease;
  }

  private Book book(String token) {
    Failures failures = Failures.of(new GroupKey("t", "g"), SETTINGS, () -> 0.5);
    return new Book(stored, "process of " + token, token, 10_000, failures);
  }

  private void writes(Book book, Request request) {
    Book.Write write =
        Objects.requireNonNull(book.prepare(request, false, false, 0), "nothing to write");
    stored = new Versioned(write.taken().state(), new Version(stored.version().count() + 1, 1));
    book.written(stored, write.taken(), 10_000);
  }

  private static EventRecord record(long seq) {
    EventMeta meta = new EventMeta(KEY, Map.of(), List.of(), List.of(), null);
    return new EventRecord("e" + seq, seq, 0, 0, "t", Payload.json("1"), meta);
  }
}
