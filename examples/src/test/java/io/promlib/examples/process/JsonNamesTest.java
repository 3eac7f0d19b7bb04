package io.promlib.examples.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.promlib.event.Json;
import io.promlib.examples.process.ProcessState.Status;
import org.junit.jupiter.api.Test;

class JsonNamesTest {

  @Test
  void aHeartbeatIsWrittenAndReadWithItsFixedNames() throws JsonProcessingException {
    Heartbeat beat = new Heartbeat(7, "java", "host", 12.5, 100, "s-1");
    String json =
        "{\"pid\":7,\"name\":\"java\",\"host\":\"host\",\"cpu_pct\":12.5,\"mem_mb\":100.0,\"sid\":\"s-1\"}";

    assertThat(Json.mapper().writeValueAsString(beat)).isEqualTo(json);
    assertThat(Json.mapper().readValue(json, Heartbeat.class)).isEqualTo(beat);
  }

  @Test
  void aStateIsWrittenAndReadWithItsFixedNames() throws JsonProcessingException {
    ProcessState state =
        new ProcessState("host:java:7", "java", "host", 7, null, 12.5, 100, 1_000, Status.STALE);
    String json =
        "{\"processId\":\"host:java:7\",\"name\":\"java\",\"host\":\"host\",\"pid\":7,"
            + "\"cpu_pct\":12.5,\"mem_mb\":100.0,\"last_seen_ts\":1000,\"status\":\"stale\"}";

    assertThat(Json.mapper().readTree(Json.mapper().writeValueAsString(state)))
        .isEqualTo(Json.mapper().readTree(json));
    assertThat(Json.mapper().readValue(json, ProcessState.class)).isEqualTo(state);
  }
}
