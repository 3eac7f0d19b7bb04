package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.promlib.event.Topic;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a host hands over to the bus. */
class HandedOverTest {
  private final List<String> closed = new ArrayList<>();

  @Test
  void itIsClosedWithTheBusInTheOrderGivenThoughOneThrows() {
    EventBus bus =
        EventBus.builder()
            .closing(() -> closed.add("first"))
            .closing(
                () -> {
                  throw new IllegalStateException("stuck");
                },
                () -> closed.add("third"))
            .build();
    assertThat(closed).isEmpty();

    assertThatCode(bus::close).doesNotThrowAnyException();
    bus.close();
    assertThat(closed).containsExactly("first", "third");
  }

  @Test
  void itIsClosedAfterTheGroupsWereHandedBack() {
    InMemoryGroupStore groups = new InMemoryGroupStore();
    EventBus bus =
        EventBus.builder()
            .stores(new InMemoryEventStore(), groups)
            .closing(
                () ->
                    groups
                        .loadAll("t")
                        .values()
                        .forEach(group -> closed.add("claims " + group.state().claims())))
            .build();
    bus.subscribe(Topic.of("t", String.class), "g", delivery -> {});
    bus.close();
    assertThat(closed).containsExactly("claims []");
  }
}
