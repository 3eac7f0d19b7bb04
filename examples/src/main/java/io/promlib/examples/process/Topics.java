package io.promlib.examples.process;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Topic;

/** The topics of the example. */
public final class Topics {
  public static final Topic<Heartbeat> HEARTBEAT_RECEIVED =
      Topic.of("heartbeat.received", Heartbeat.class);

  /** Keyed {@code host:name:pid}. */
  public static final Topic<ProcessState> PROCESS_STATE =
      Topic.of("process.state", ProcessState.class);

  /** The latest state of each key, as {@code {key, payload, ts, seq}}. */
  public static final Topic<JsonNode> PROCESS_STATE_SNAPSHOT = Topic.raw("process.state.snapshot");

  private Topics() {}
}
