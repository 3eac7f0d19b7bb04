package io.promlib.examples.process;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * A process as last heard of.
 *
 * @param processId {@code host:name:pid}, the key of the event that carries this
 * @param lastSeenTs epoch milliseconds of its last heartbeat, by the clock of the bus
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProcessState(
    String processId,
    String name,
    String host,
    long pid,
    @Nullable String sid,
    @JsonProperty("cpu_pct") double cpuPct,
    @JsonProperty("mem_mb") double memMb,
    @JsonProperty("last_seen_ts") long lastSeenTs,
    Status status) {

  /** Whether heartbeats arrive. */
  public enum Status {
    @JsonProperty("alive")
    ALIVE,
    @JsonProperty("stale")
    STALE
  }

  static ProcessState of(Heartbeat beat, long seen) {
    return new ProcessState(
        beat.processId(),
        beat.name(),
        beat.host(),
        beat.pid(),
        beat.sid(),
        beat.cpuPct(),
        beat.memMb(),
        seen,
        Status.ALIVE);
  }

  ProcessState stale() {
    return new ProcessState(
        processId, name, host, pid, sid, cpuPct, memMb, lastSeenTs, Status.STALE);
  }
}
