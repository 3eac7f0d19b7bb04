package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The golden files, and how to tell that two frames are the same. */
final class GoldenFrames {
  private static final String FOLDER = "/io/promlib/testkit/frames/";

  private GoldenFrames() {}

  static List<String> names() {
    try {
      List<String> names = new ArrayList<>();
      for (JsonNode name : Json.mapper().readTree(bytes("index.json"))) {
        names.add(name.textValue());
      }
      return names;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] bytes(String name) {
    try (InputStream in = GoldenFrames.class.getResourceAsStream(FOLDER + name)) {
      assertThat(in).as("golden file " + name).isNotNull();
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static Frame read(Codec codec, String name, byte[] utf8) {
    return name.startsWith("client/") ? codec.readClient(utf8) : codec.readServer(utf8);
  }

  /** Equal in all fields, payloads by their bytes. */
  static void assertSame(Frame actual, Frame expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .withEqualsForType((a, b) -> Arrays.equals(a.bytes(), b.bytes()), Payload.class)
        .isEqualTo(expected);
    assertThat(actual).hasSameClassAs(expected);
  }
}
