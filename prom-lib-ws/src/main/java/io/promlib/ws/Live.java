package io.promlib.ws;

import io.promlib.acl.Policy;
import org.jspecify.annotations.Nullable;

/** What a SUBSCRIBE made: a member of a group, or a tail. */
interface Live {
  String topic();

  /** Null for a tail. */
  @Nullable String group();

  /** How many events are leased to it; of a tail, none. */
  int inFlight();

  boolean isAllowedBy(Policy policy);

  void setPaused(boolean paused);

  /** Tells the bus whether to deliver, and sends what there is room for. Never blocks. */
  void syncFlow();

  /** When it returns, nothing more is sent: what is sent after it stands behind all events. */
  void stop();

  /**
   * Ends it at the bus, and hands back what is leased or lets it count as an attempt. May block.
   */
  void release(boolean handBack);
}
