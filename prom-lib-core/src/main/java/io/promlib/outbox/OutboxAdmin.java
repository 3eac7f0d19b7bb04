package io.promlib.outbox;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an operator sees of an outbox, and may do to a record that rests as {@code ERROR}. */
public interface OutboxAdmin {

  OutboxCounts counts();

  /**
   * Records of one status in an order that stays, at most {@code limit}, from behind {@code after}
   * on (null: from the first); the answer's last is the next {@code after}.
   */
  List<OutboxRecord> list(OutboxStatus status, @Nullable OutboxRecord after, int limit);

  /**
   * Has a record that rests as {@code ERROR} tried again, its attempts counted from zero; those of
   * its key behind it follow.
   *
   * @return whether there was one
   */
  boolean requeue(String topic, String id, long now);

  /**
   * Has a record that rests as {@code ERROR} go without being published; those of its key behind it
   * follow.
   *
   * @return whether there was one
   */
  boolean drop(String topic, String id, long now);
}
