package io.promlib.examples.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a case carries.
 *
 * @param name as the table shows it
 * @param publishers threads that publish, spread evenly over the topics
 * @param groups groups on each topic, with one subscriber each
 * @param payload bytes of heap of each event's payload
 * @param retention events a topic keeps; 0: what a topic begins with
 * @param inFlight the most events published and not yet handled by every group, over all publishers
 * @param idleGroups groups on ten other topics, which hold a million events
 */
record Workload(
    String name,
    int publishers,
    int groups,
    int topics,
    int payload,
    int retention,
    int inFlight,
    int idleGroups) {

  static final Workload PLAIN = new Workload("1 -> 1", 1, 1, 1, 120, 65_536, 8_192, 0);

  /** How many events one publisher may have in flight. */
  int window() {
    return Math.max(1, inFlight / publishers);
  }

  /** How many events one topic may have in flight. */
  int inFlightOfTopic() {
    return Math.max(1, inFlight / topics);
  }

  Map<String, String> toArguments() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("name", name);
    values.put("publishers", Integer.toString(publishers));
    values.put("groups", Integer.toString(groups));
    values.put("topics", Integer.toString(topics));
    values.put("payload", Integer.toString(payload));
    values.put("retention", Integer.toString(retention));
    values.put("in-flight", Integer.toString(inFlight));
    values.put("idle-groups", Integer.toString(idleGroups));
    return values;
  }
}
