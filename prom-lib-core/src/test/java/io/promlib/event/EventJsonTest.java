package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventJsonTest {
  private static final String PAYLOAD = "{ \"n\" : 1.50, \"s\": \"\\u0041é😀\" }";
  private static final EventRecord EVENT =
      new EventRecord(
          "e-1",
          3,
          5,
          9,
          "a.b",
          Payload.json(PAYLOAD),
          new EventMeta("k", Map.of("h", "v"), List.of("t"), List.of("c"), "s"));
  private static final String JSON =
      "{\"id\":\"e-1\",\"seq\":3,\"ts\":5,\"topic\":\"a.b\",\"key\":\"k\",\"payload\":"
          + PAYLOAD
          + ",\"headers\":{\"h\":\"v\"},\"tags\":[\"t\"],\"caused_by\":[\"c\"],\"sid\":\"s\"}";

  @Test
  void anEventIsWrittenWithItsPayloadAsItIs() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = Json.parsers().generator(bytes)) {
      EventJson.write(EVENT, out);
    }

    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(JSON);
  }

  @Test
  void anEventIsWrittenToTextToo() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = Json.mapper().createGenerator(text)) {
      EventJson.write(EVENT, out);
    }

    assertThat(text).hasToString(JSON);
  }

  @Test
  void anEventIsReadBackWithTsForAt() throws IOException {
    EventRecord read = read(JSON);

    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("payload")
        .isEqualTo(new EventRecord("e-1", 3, 5, 5, "a.b", EVENT.payload(), EVENT.meta()));
    assertThat(read.payload().bytes()).asString().isEqualTo(PAYLOAD);
  }

  @Test
  void aPayloadLargerThanTheGeneratorsBufferPassesThrough() throws IOException {
    String large = "\"" + "é".repeat(100_000) + "\"";
    EventRecord event = new EventRecord("e", 1, 1, 1, "t", Payload.json(large), EventMeta.NONE);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = Json.parsers().generator(bytes)) {
      EventJson.write(event, out);
    }

    assertThat(read(bytes.toString(StandardCharsets.UTF_8)).payload().bytes())
        .asString()
        .isEqualTo(large);
  }

  private static EventRecord read(String json) throws IOException {
    byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
    try (JsonInput in = JsonInput.object(Json.parsers(), utf8)) {
      return EventJson.read(in);
    }
  }
}
