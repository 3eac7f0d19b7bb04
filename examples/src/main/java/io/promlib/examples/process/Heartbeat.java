package io.promlib.examples.process;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.promlib.event.Names;
import org.jspecify.annotations.Nullable;

/**
 * A process says that it lives. What names it must be a legal key.
 *
 * @param cpuPct of one processor since the heartbeat before, so that it passes 100 where several
 *     are busy
 * @param memMb resident memory in MiB
 * @param sid the session that the process belongs to, if there is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Heartbeat(
    long pid,
    String name,
    String host,
    @JsonProperty("cpu_pct") double cpuPct,
    @JsonProperty("mem_mb") double memMb,
    @Nullable String sid) {

  public Heartbeat {
    if (name == null || name.isEmpty() || host == null || host.isEmpty()) {
      throw new IllegalArgumentException("a heartbeat needs a name and a host");
    }
    Names.key(processId(host, name, pid));
  }

  /** What names the process among all of all hosts. */
  public String processId() {
    return processId(host, name, pid);
  }

  private static String processId(String host, String name, long pid) {
    return host + ":" + name + ":" + pid;
  }
}
