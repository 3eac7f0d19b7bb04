package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.event.EventRecord;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to a subscriber, and from its start on the lease. There is one of these for
 * each delivery, so it is kept to 40 bytes; all of it is guarded by its group's lock.
 */
final class Lease implements Delivery<Object> {
  /** Claimed and not started. */
  static final int READY = 0;

  /** Started; the deadline counts. */
  static final int LEASED = 1;

  /** Its deadline passed, or it was handed back: good until somebody else takes the event. */
  static final int EXPIRED = 2;

  static final int ACKED = 3;

  /** Nacked, or handed back by its handler: not done, and no longer this lease's. */
  static final int NACKED = 4;

  static final int DEAD = 5;

  /** The group was sought or deleted, or another process took over. */
  static final int LOST = 6;

  private static final int STATE = 0x7;
  private static final int ALONE = 0x8;
  private static final int RUNNING = 0x10;
  private static final int SLOT_SHIFT = 5;

  private final EventRecord record;
  @Nullable Unfinished entry;
  @Nullable Member member;
  long deadline;
  int number;
  private int bits;

  Lease(EventRecord record, @Nullable Unfinished entry) {
    this.record = record;
    this.entry = entry;
  }

  int state() {
    return bits & STATE;
  }

  void state(int state) {
    bits = (bits & ~STATE) | state;
  }

  /** Whether it runs with nothing else of its isolation. */
  boolean alone() {
    return (bits & ALONE) != 0;
  }

  void alone(boolean alone) {
    bits = alone ? bits | ALONE : bits & ~ALONE;
  }

  /** Whether its handler is at work. */
  boolean running() {
    return (bits & RUNNING) != 0;
  }

  void running(boolean running) {
    bits = running ? bits | RUNNING : bits & ~RUNNING;
  }

  /** Its place among the leases of its group. */
  int slot() {
    return bits >>> SLOT_SHIFT;
  }

  void slot(int slot) {
    bits = (bits & (STATE | ALONE | RUNNING)) | (slot << SLOT_SHIFT);
  }

  EventKey key() {
    return entry == null ? new EventKey(record.seq(), 0) : EventKey.of(entry);
  }

  Unfinished entryOr(long now) {
    return entry == null ? Unfinished.fresh(record.seq(), now) : entry;
  }

  long due() {
    return entry == null ? 0 : entry.due();
  }

  /** Whether it was started for a subscriber of this group. */
  boolean isOf(GroupRuntime group) {
    return member != null && member.runtime() == group;
  }

  private Member started() {
    Member started = member;
    if (started == null) {
      throw new IllegalStateException("a delivery is handed out when it starts");
    }
    return started;
  }

  @Override
  public EventRecord record() {
    return record;
  }

  @Override
  public Object payload() {
    Object payload = started().read(record.payload());
    if (payload == null) {
      throw new IllegalStateException(
          "event "
              + record.id()
              + " of "
              + record.topic()
              + " is a tombstone; ask isTombstone() before payload()");
    }
    return payload;
  }

  @Override
  public boolean isTombstone() {
    return record.payload().isNull();
  }

  @Override
  public int attempt() {
    Unfinished before = entry;
    return before == null ? 1 : before.failures() + 1;
  }

  @Override
  public Duration ackDeadline() {
    return started().runtime().remaining(this);
  }

  @Override
  public String lease() {
    return started().runtime().leaseName(number);
  }

  @Override
  public boolean leaseLost() {
    return started().runtime().isLost(this);
  }

  @Override
  public AckResult ack() {
    return started().runtime().ack(this);
  }

  @Override
  public CompletionStage<AckResult> ackDurably() {
    return started().runtime().ackDurably(this);
  }

  @Override
  public AckResult nack(String reason) {
    return started().runtime().nack(this, reason, null);
  }

  @Override
  public AckResult nack(String reason, Duration delay) {
    return started().runtime().nack(this, reason, Limits.delay(delay));
  }

  @Override
  public AckResult handBack(Duration after) {
    return started().runtime().handBack(this, Limits.delay(after));
  }

  @Override
  public AckResult extend(Duration lease) {
    return started().runtime().extend(this, Limits.lease(lease));
  }

  @Override
  public AckResult terminate(String reason) {
    return started().runtime().terminate(this, reason);
  }

  @Override
  public String toString() {
    return "Delivery[" + record.topic() + " seq " + record.seq() + ", attempt " + attempt() + "]";
  }
}
