package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutboxDraftTest {
  private static final Topic<String> WORDS = Topic.of("words", String.class);
  private static final PublishOptions NONE = PublishOptions.none();

  @Test
  void whatIsNotGivenIsMade() {
    OutboxDraft draft = OutboxDraft.of(WORDS, "hello", NONE, 1_700_000_000_000L);

    assertThat(draft.id()).hasSize(36).startsWith("018bcfe5-6800-7");
    assertThat(draft.ts()).isEqualTo(1_700_000_000_000L);
    assertThat(draft.order()).isZero();
    assertThat(draft.payload().bytes()).asString().isEqualTo("\"hello\"");
  }

  @Test
  void whatIsGivenIsKept() {
    PublishOptions options =
        NONE.id("id").ts(7L).key("k").headers(Map.of("a", "b")).tags(List.of("t")).sid("s");

    OutboxDraft draft = OutboxDraft.of(WORDS, "hello", options, 9).order(3);

    assertThat(draft.id()).isEqualTo("id");
    assertThat(draft.ts()).isEqualTo(7);
    assertThat(draft.meta()).isEqualTo(options.meta());
    assertThat(draft.order()).isEqualTo(3);
  }

  @Test
  void aPayloadThatIsReadyGoesAsItIs() {
    Payload ready = Payload.json("1e400");

    OutboxDraft draft = OutboxDraft.of(Topic.of("t", Payload.class), ready, NONE, 0);

    assertThat(draft.payload()).isSameAs(ready);
  }

  @Test
  void badPartsAreRefusedByName() {
    OutboxDraft draft = OutboxDraft.of(WORDS, "hello", NONE.key("k").id("id"), 0);

    assertThatThrownBy(() -> draft.order(-1)).hasMessageContaining("order must be 1 or more");
    assertThatThrownBy(() -> OutboxDraft.of(WORDS, "x", NONE.id("id"), 0).order(1))
        .hasMessageContaining("an order needs a key, record id has none");
    assertThatThrownBy(() -> new OutboxDraft("a..b", "id", 0, Payload.NULL, draft.meta(), 0))
        .hasMessageContaining("empty segment");
    assertThatThrownBy(() -> new OutboxDraft("a", "i d", 0, Payload.NULL, draft.meta(), 0))
        .hasMessageContaining("id must");
  }
}
