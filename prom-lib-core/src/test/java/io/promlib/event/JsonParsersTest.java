package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class JsonParsersTest {
  private final JsonParsers parsers =
      new JsonParsers(
          JsonFactory.builder()
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(3).build())
              .build());

  @Test
  void aNameThatWasMadeUpIsForgottenAfterSoManyBytes() throws IOException {
    WeakReference<String> madeUp = new WeakReference<>(nameIn("{\"made-up-by-somebody\":1}"));
    byte[] filler = ("{\"n\":\"" + "x".repeat(1 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);

    for (long read = 0; read <= JsonParsers.FORGET_AFTER; read += filler.length) {
      nameIn(filler);
    }
    nameIn("{\"n\":1}");

    Awaitility.await()
        .until(
            () -> {
              System.gc();
              return madeUp.get() == null;
            });
  }

  @Test
  void aNameThatIsMetAgainSoonIsTheSameString() throws IOException {
    assertThat(nameIn("{\"name-of-a-field\":1}")).isSameAs(nameIn("{\"name-of-a-field\":2}"));
  }

  @Test
  void settingsStayWhenNamesAreForgotten() throws IOException {
    nameIn("{\"n\":\"" + "x".repeat((int) JsonParsers.FORGET_AFTER) + "\"}");

    try (JsonParser parser = parsers.parser("[[[[1]]]]".getBytes(StandardCharsets.UTF_8))) {
      assertThatThrownBy(
              () -> {
                while (parser.nextToken() != null) {
                  // to its depth
                }
              })
          .hasMessageContaining("depth");
    }
  }

  private String nameIn(String json) throws IOException {
    return nameIn(json.getBytes(StandardCharsets.UTF_8));
  }

  private String nameIn(byte[] json) throws IOException {
    try (JsonParser parser = parsers.parser(json)) {
      parser.nextToken();
      String name = parser.nextFieldName();
      while (parser.nextToken() != null) {
        // to its end
      }
      return name;
    }
  }
}
