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
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BookTest {
  private static final long LEASE = 10_000;
  private static final GroupSettings SETTINGS =
      new GroupSettings(Ordering.NONE, Filter.ALL, 5, Backoff.DEFAULT, null);

  private Versioned stored = new Versioned(GroupState.starting(SETTINGS, 1, 0), new Version(1, 1));

  @Test
  void aWriteThatIsSaidAgainLeavesAloneWhatOthersDidSince() {
    Book one = book("a");
    one.leasing.nack(starts(one, 1), "no", Duration.ZERO, 0);
    Book.Write unknown = prepares(one, Request.NOTHING, false);
    stands(unknown);
    Book two = book("b");
    two.leasing.nack(startsAgain(two), "no", Duration.ofSeconds(1), 0);
    writes(two, Request.NOTHING);

    one.doubted(unknown);
    one.loaded(stored);
    writes(one, Request.NOTHING);

    assertThat(stored.state().waiting()).extracting(Unfinished::failures).containsExactly(2);
  }

  @Test
  void whatAWriteWithoutAnAnswerClaimedIsReadIfItStands() {
    Book one = book("a");
    Book.Write unknown = prepares(one, new Request(2, 1, 2), false);
    stands(unknown);

    one.doubted(unknown);
    one.loaded(stored);

    assertThat(one.places.unreadFresh.last(0)).isEqualTo(2);
  }

  @Test
  void whatAWriteWithoutAnAnswerClaimedIsNotReadIfItDoesNotStand() {
    Book one = book("a");
    Book.Write unknown = prepares(one, new Request(2, 1, 2), false);

    one.doubted(unknown);
    one.loaded(stored);

    assertThat(one.places.unreadFresh.isEmpty()).isTrue();
  }

  @Test
  void aLateAckCountsAlsoWhileTheEventIsBeingClaimedAgain() {
    Book one = book("a");
    Lease expired = starts(one, 1);
    one.leasing.handBack(expired, 0, 0);
    Book.Write again = prepares(one, new Request(1, 1, 1), false);

    assertThat(one.leasing.ack(expired, 0)).isEqualTo(AckResult.OK);
    one.written(stands(again), again.taken(), LEASE);

    assertThat(one.places.unreadRetried).isEmpty();
    writes(one, Request.NOTHING);
    assertThat(stored.state().floor()).isEqualTo(1);
  }

  @Test
  void nothingStartsWhileAReleaseIsOnItsWay() {
    Book one = book("a");
    reads(one, 1);

    prepares(one, Request.NOTHING, true);

    assertThat(one.lanes.peek()).isNull();
  }

  @Test
  void aReleaseThatWasRefusedFindsItsEventsAgain() {
    Book one = book("a");
    reads(one, 1);
    prepares(one, Request.NOTHING, true);

    one.refused();
    one.loaded(stored);

    assertThat(one.places.unreadFresh.contains(1)).isTrue();
  }

  @Test
  void aLeaseIsFoundByItsNumberWhileItLivesAndWhenItExpired() {
    Book one = book("a");
    Lease lease = starts(one, 1);
    lease.number = 7;
    assertThat(one.leasing.find("e1", 7)).isSameAs(lease);
    assertThat(one.leasing.find("e1", 8)).isNull();

    one.leasing.expire(lease, 0);

    assertThat(one.leasing.find("e1", 7)).isSameAs(lease);
    assertThat(one.leasing.find("e2", 7)).isNull();
  }

  @Test
  void noLeaseIsFoundAfterTheGroupWasSought() {
    Book one = book("a");
    Lease lease = starts(one, 1);
    one.leasing.expire(lease, 0);

    one.forget();

    assertThat(one.leasing.find("e1", lease.number)).isNull();
  }

  @Test
  void whatRetentionTookAfterItWasClaimedIsSkipped() {
    Book one = book("a");
    writes(one, new Request(3, 1, 3));
    one.intake.readFresh(List.of(record(3)), SeqSet.range(1, 3), SeqSet.range(1, 2), 0);
    writes(one, Request.NOTHING);
    assertThat(stored.state().skipped()).isEqualTo(2);
    assertThat(stored.state().floor()).isEqualTo(2);
  }

  @Test
  void whatRetentionTookBeforeItsNextAttemptIsSkippedOnce() {
    Book one = book("a");
    one.leasing.nack(starts(one, 1), "no", Duration.ZERO, 0);
    writes(one, new Request(1, 1, 1));
    one.intake.lostRetried();
    Book.Write unknown = prepares(one, Request.NOTHING, false);
    stands(unknown);

    one.doubted(unknown);
    one.loaded(stored);
    writes(one, Request.NOTHING);

    assertThat(stored.state().skipped()).isEqualTo(1);
  }

  private Book book(String token) {
    Failures failures = Failures.of(new GroupKey("t", "g"), SETTINGS, () -> 0.5);
    return new Book(stored, "process of " + token, token, LEASE, failures);
  }

  /** Claims the one event, never tried, and starts it. */
  private Lease starts(Book book, long seq) {
    reads(book, seq);
    return start(book);
  }

  private void reads(Book book, long seq) {
    writes(book, new Request(1, seq, seq));
    book.intake.readFresh(List.of(record(seq)), SeqSet.of(seq), SeqSet.EMPTY, 0);
  }

  /** Claims the one event that waits, and starts it. */
  private Lease startsAgain(Book book) {
    writes(book, new Request(1, 1, 0));
    book.intake.readRetried(record(book.places.unreadRetried.element().seq()), 0);
    return start(book);
  }

  private static Lease start(Book book) {
    Lease lease = Objects.requireNonNull(book.lanes.peek());
    book.lanes.take();
    lease.state(Lease.LEASED);
    book.leased.add(lease);
    return lease;
  }

  private void writes(Book book, Request request) {
    Book.Write write = prepares(book, request, false);
    book.written(stands(write), write.taken(), LEASE);
  }

  private static Book.Write prepares(Book book, Request request, boolean release) {
    return Objects.requireNonNull(book.prepare(request, release, true, 0), "nothing to write");
  }

  private Versioned stands(Book.Write write) {
    assertThat(write.expected()).isEqualTo(stored.version());
    stored = new Versioned(write.taken().state(), new Version(stored.version().count() + 1, 1));
    return stored;
  }

  private static EventRecord record(long seq) {
    return new EventRecord("e" + seq, seq, 0, 0, "t", Payload.json("1"), EventMeta.NONE);
  }
}
