package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.testkit.HandTurnedWorkers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A topic that the store does not know is forgotten, but nothing that is published to it. */
class TopicsTest {
  private static final String TOPIC = "orders";

  private final InMemoryEventStore events = new InMemoryEventStore();
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private final Topics topics = new Topics(Wirings.of(events, workers));

  @Test
  void oneThatWasOnlyAskedForIsForgotten() {
    TopicRuntime asked = topics.get(TOPIC);
    topics.prune(List.of());
    assertThat(topics.get(TOPIC)).isNotSameAs(asked);
  }

  @Test
  void oneWhoseFirstEventIsStillQueuedIsKept() {
    TopicRuntime topic = topics.get(TOPIC);
    var first = topic.appender().appendAsync(List.of(draft("first")));
    topics.prune(List.of());
    assertThat(topics.get(TOPIC)).isSameAs(topic);

    assertThat(topic.appender().append(draft("second"), 0).seq()).isEqualTo(2);
    assertThat(first).isCompletedWithValueMatching(placed -> placed.get(0).seq() == 1);
  }

  @Test
  void whoPublishesToOneThatWasForgottenMeanwhileIsAheadOfItsNext() {
    TopicRuntime forgotten = topics.get(TOPIC);
    topics.prune(List.of());
    var first = forgotten.appender().appendAsync(List.of(draft("first")));

    assertThat(topics.get(TOPIC).appender().append(draft("second"), 0).seq()).isEqualTo(2);
    assertThat(first).isCompletedWithValueMatching(placed -> placed.get(0).seq() == 1);
    workers.runAll();
    assertThat(events.bounds(TOPIC).tail()).isEqualTo(2);
  }

  private static Draft draft(String id) {
    return new Draft(id, true, 0, Payload.NULL, EventMeta.NONE);
  }
}
