package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.store.Filter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublishOptionsTest {
  @Test
  void aHeaderWhoseNameHoldsHalfASurrogatePairIsRefusedAsNoReaderWouldTakeIt() {
    Map<String, String> headers = Map.of("a\ud83d", "b");

    assertThatThrownBy(() -> PublishOptions.none().headers(headers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("headers ");
    assertThatThrownBy(() -> new Filter.Match(null, List.of(), headers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("headers ");
  }

  @Test
  void eachMethodChangesOneValueOfACopy() {
    PublishOptions all =
        PublishOptions.none()
            .id("i")
            .ts(7L)
            .key("k")
            .headers(Map.of("h", "v"))
            .tags(List.of("t"))
            .causedBy(List.of("c"))
            .sid("s");

    assertThat(all)
        .isEqualTo(
            new PublishOptions(
                "i", 7L, new EventMeta("k", Map.of("h", "v"), List.of("t"), List.of("c"), "s")));
    assertThat(PublishOptions.none()).isEqualTo(new PublishOptions(null, null, EventMeta.NONE));
  }

  @Test
  void laterChangesOfWhatWasGivenDoNotShow() {
    Map<String, String> headers = new HashMap<>(Map.of("h", "v"));
    List<String> tags = new ArrayList<>(List.of("t"));
    List<String> causes = new ArrayList<>(List.of("c"));

    EventMeta meta = new EventMeta(null, headers, tags, causes, null);
    headers.clear();
    tags.clear();
    causes.clear();

    assertThat(meta)
        .isEqualTo(new EventMeta(null, Map.of("h", "v"), List.of("t"), List.of("c"), null));
  }

  @Test
  void aBadIdKeyOrCauseIsRefusedAtOnce() {
    PublishOptions none = PublishOptions.none();

    assertThatThrownBy(() -> none.id("a b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> none.key("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> none.causedBy(List.of("ok", "")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
