package io.promlib.wire;

import io.promlib.event.Names;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which leased events a settling frame is about.
 *
 * @param group null if the frame names none: then it can be about none, as a tail leases nothing
 * @param ids 1 to 1000 of them
 * @param many whether they came as {@code ids}, so that the answer holds {@code results}
 * @param lease the one of the delivery's context, where there is one id; null: whatever lease the
 *     connection holds
 * @param leases the same for {@code many} ids, in their order; null: whatever leases it holds
 */
public record Target(
    String topic,
    @Nullable String group,
    List<String> ids,
    boolean many,
    @Nullable String lease,
    @Nullable List<String> leases) {
  public Target {
    Names.topic(topic);
    if (group != null) {
      Names.group(group);
    }
    ids = List.copyOf(ids);
    if (ids.isEmpty() || ids.size() > Frame.MAX_IDS) {
      throw new IllegalArgumentException(
          "ids must have 1 to " + Frame.MAX_IDS + " entries, has " + ids.size());
    }
    if (!many && ids.size() != 1) {
      throw new IllegalArgumentException("id must be one, are " + ids.size());
    }
    ids.forEach(Names::id);
    if (lease != null && ids.size() > 1) {
      throw new IllegalArgumentException(
          "lease is that of one event; with several ids give leases, in their order, or none");
    }
    if (leases != null) {
      leases = List.copyOf(leases);
      if (!many || lease != null || leases.size() != ids.size()) {
        throw new IllegalArgumentException(
            "leases goes with ids, one for each and in their order, and with no lease");
      }
    }
  }

  /** The lease that the event at this place of {@link #ids} must have; null: any. */
  public @Nullable String lease(int index) {
    return leases == null ? lease : leases.get(index);
  }

  /** One event, sent as {@code id}. */
  public static Target one(String topic, String group, String id, @Nullable String lease) {
    return new Target(topic, group, List.of(id), false, lease, null);
  }

  /** Several events, sent as {@code ids}. */
  public static Target many(String topic, String group, List<String> ids) {
    return new Target(topic, group, ids, true, null, null);
  }

  /** Several events, each under the lease at its place. */
  public static Target many(String topic, String group, List<String> ids, List<String> leases) {
    return new Target(topic, group, ids, true, null, leases);
  }
}
