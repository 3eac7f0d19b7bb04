package io.promlib.examples.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Json;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.examples.process.ProcessState.Status;
import io.promlib.state.Compactor;
import io.promlib.state.StateView;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProjectorTest {
  private final ManualClock clock = new ManualClock();
  private final EventBus bus = EventBus.builder().timing(clock).build();
  private final List<ProcessState> states = new CopyOnWriteArrayList<>();
  private final List<String> gone = new CopyOnWriteArrayList<>();
  private Projector projector;

  @BeforeEach
  void collectStates() {
    bus.subscribe(
        Topics.PROCESS_STATE,
        "test",
        SubscribeOptions.builder().startAt(StartAt.EARLIEST).build(),
        delivery -> {
          if ("odd".equals(delivery.record().key())) {
            return;
          }
          if (delivery.isTombstone()) {
            gone.add(delivery.record().key());
          } else {
            assertThat(delivery.record().key()).isEqualTo(delivery.payload().processId());
            states.add(delivery.payload());
          }
        });
  }

  @AfterEach
  void close() {
    if (projector != null) {
      projector.close();
    }
    bus.close();
    clock.close();
  }

  @Test
  void aHeartbeatMakesAProcessAlive() {
    startProjector();
    beat(1, "java", 12.5);

    ProcessState expected =
        new ProcessState(
            "host:java:1", "java", "host", 1, null, 12.5, 100, clock.millis(), Status.ALIVE);
    await().untilAsserted(() -> assertThat(states).containsExactly(expected));
  }

  @Test
  void heartbeatsFromBeforeItStartedCount() {
    beat(1, "java", 1);
    startProjector();
    awaitStatuses(Status.ALIVE);
  }

  @Test
  void aProcessIsStaleAfterFifteenSecondsOfSilenceAndSaidToBeSoOnce() {
    startProjector();
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);
    long seen = clock.millis();

    clock.advance(Duration.ofSeconds(15));
    assertThat(states).extracting(ProcessState::status).containsExactly(Status.ALIVE);
    clock.advance(Duration.ofSeconds(5));
    awaitStatuses(Status.ALIVE, Status.STALE);
    assertThat(states.get(1).lastSeenTs()).isEqualTo(seen);

    clock.advance(Duration.ofSeconds(20));
    beat(2, "marker", 1);
    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE);
    assertThat(states.get(2).pid()).isEqualTo(2);
  }

  @Test
  void aStaleProcessThatBeatsAgainIsAlive() {
    startProjector();
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);
    clock.advance(Duration.ofSeconds(20));
    awaitStatuses(Status.ALIVE, Status.STALE);

    beat(1, "java", 2);

    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE);
    clock.advance(Duration.ofSeconds(20));
    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE, Status.STALE);
  }

  @Test
  void twoProcessesOfOneNameAreTwoStates() {
    startProjector();
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);
    clock.advance(Duration.ofSeconds(10));
    beat(2, "java", 2);
    awaitStatuses(Status.ALIVE, Status.ALIVE);
    assertThat(states)
        .extracting(ProcessState::processId)
        .containsExactly("host:java:1", "host:java:2");

    clock.advance(Duration.ofSeconds(10));

    awaitStatuses(Status.ALIVE, Status.ALIVE, Status.STALE);
    assertThat(states.get(2).processId()).isEqualTo("host:java:1");
  }

  @Test
  void afterARestartItKnowsWhatItPublishedBefore() {
    startProjector();
    beat(1, "java", 1);
    beat(2, "java", 1);
    awaitStatuses(Status.ALIVE, Status.ALIVE);
    try (Compactor compactor = Compactor.builder(bus, Topics.PROCESS_STATE.name()).build()) {
      assertThat(compactor.runToEnd().floor()).isEqualTo(2);
    }
    beat(2, "java", 2);
    awaitStatuses(Status.ALIVE, Status.ALIVE, Status.ALIVE);
    projector.close();

    startProjector();
    clock.advance(Duration.ofSeconds(20));

    awaitStatuses(Status.ALIVE, Status.ALIVE, Status.ALIVE, Status.STALE, Status.STALE);
    assertThat(states.subList(3, 5))
        .extracting(ProcessState::processId)
        .containsExactlyInAnyOrder("host:java:1", "host:java:2");
  }

  @Test
  void aProcessThatIsSilentForAnHourIsForgottenWithATombstone() {
    startProjector();
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);
    clock.advance(Duration.ofSeconds(20));
    awaitStatuses(Status.ALIVE, Status.STALE);

    awaitAcks();
    clock.advance(Projector.FORGET_AFTER);
    await().untilAsserted(() -> assertThat(gone).containsExactly("host:java:1"));
    try (StateView<ProcessState> known = StateView.open(bus, Topics.PROCESS_STATE)) {
      assertThat(known.all()).isEmpty();
    }
    clock.advance(Duration.ofMinutes(1));
    beat(1, "java", 2);

    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE);
    assertThat(gone).hasSize(1);
  }

  @Test
  void aHeartbeatThatNamesNoLegalKeyIsRefusedAndStopsNothing() {
    String tooLong = "x".repeat(300);
    assertThatThrownBy(() -> new Heartbeat(1, tooLong, "host", 1, 1, null))
        .hasStackTraceContaining("256 characters");
    assertThatThrownBy(() -> new Heartbeat(1, "half \ud800", "host", 1, 1, null))
        .hasStackTraceContaining("surrogate");
    startProjector();
    bus.publish(
        Topic.raw(Topics.HEARTBEAT_RECEIVED.name()),
        Json.mapper().createObjectNode().put("pid", 1).put("name", tooLong).put("host", "host"));
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);

    clock.advance(Duration.ofSeconds(20));

    awaitStatuses(Status.ALIVE, Status.STALE);
  }

  @Test
  void aStateThatCannotBePublishedStopsNoOther() {
    String illegal = "x".repeat(300);
    bus.publish(
        Topics.PROCESS_STATE,
        new ProcessState(illegal, "java", "host", 9, null, 1, 1, clock.millis(), Status.ALIVE),
        PublishOptions.none().key("odd"));
    startProjector();
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE);

    clock.advance(Duration.ofSeconds(20));
    awaitStatuses(Status.ALIVE, Status.STALE);
    beat(1, "java", 1);
    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE);
    clock.advance(Duration.ofSeconds(20));

    awaitStatuses(Status.ALIVE, Status.STALE, Status.ALIVE, Status.STALE);
  }

  /** Whatever is not acked would come again when the clock is turned by more than a lease. */
  private void awaitAcks() {
    await()
        .untilAsserted(
            () -> {
              assertAcked(Topics.HEARTBEAT_RECEIVED.name(), Projector.GROUP);
              assertAcked(Topics.PROCESS_STATE.name(), "test");
            });
  }

  private void assertAcked(String topic, String group) {
    assertThat(bus.admin().group(topic, group).orElseThrow().floor())
        .isEqualTo(bus.admin().topic(topic).extent().tail());
  }

  private void startProjector() {
    projector = Projector.start(bus, clock);
  }

  private void beat(long pid, String name, double cpu) {
    bus.publish(Topics.HEARTBEAT_RECEIVED, new Heartbeat(pid, name, "host", cpu, 100, null));
  }

  private void awaitStatuses(Status... expected) {
    await()
        .untilAsserted(
            () -> assertThat(states).extracting(ProcessState::status).containsExactly(expected));
  }
}
