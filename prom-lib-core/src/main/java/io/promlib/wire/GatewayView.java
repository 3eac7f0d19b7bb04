package io.promlib.wire;

import io.promlib.store.GroupKey;
import java.util.Map;

/** What an edge has in hand. */
public interface GatewayView {

  /** How many events are leased to its clients, for each group that has subscribers there. */
  Map<GroupKey, Long> inFlight();
}
