package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What judges the processes sees the faults that it is there for. */
class ExecutionsTest {

  @Test
  void anEventThatBeginsAfterItsDurableAckIsFound() {
    Executions executions =
        of(
            "BEGAN a-1 g 1 1 id-1 k 1",
            "ACKING a-1 g 1",
            "ACKED a-1 g 1 OK",
            "BEGAN b-1 g 1 1 id-1 k 2");

    assertThat(executions.startedAgain()).hasSize(1);
    assertThat(executions.redelivered()).isEqualTo(1);
  }

  @Test
  void anAckThatWasNotYetDurableMayBeRepeated() {
    Executions executions =
        of(
            "BEGAN a-1 g 1 1 id-1 k 1",
            "ACKING a-1 g 1",
            "KILLED test a-1",
            "BEGAN b-1 g 1 1 id-1 k 2");

    assertThat(executions.startedAgain()).isEmpty();
    assertThat(executions.outOfTurn()).isEmpty();
    assertThat(executions.done()).containsExactly(1L);
  }

  @Test
  void twoOfAKeyAtOnceAreFound() {
    assertThat(of("BEGAN a-1 g 1 1 id-1 k 1", "BEGAN b-1 g 1 2 id-2 k 1").outOfTurn()).hasSize(1);
    assertThat(of("BEGAN a-1 g 1 1 id-1 k 1", "BEGAN b-1 g 1 2 id-2 x 1").outOfTurn()).isEmpty();
  }

  @Test
  void aKeysEventThatBeginsBeforeAnEarlierOneIsFound() {
    Executions executions =
        of(
            "BEGAN a-1 g 1 2 id-2 k 1",
            "ACKING a-1 g 1",
            "ACKED a-1 g 1 OK",
            "BEGAN a-1 g 2 1 id-1 k 1");

    assertThat(executions.outOfTurn()).hasSize(1);
  }

  @Test
  void aRunWhoseAckWasRefusedHoldsNoOneToAnything() {
    Executions executions =
        of(
            "BEGAN a-1 g 1 1 id-1 k 1",
            "BEGAN b-1 g 1 1 id-1 k 2",
            "ACKING b-1 g 1",
            "ACKED b-1 g 1 OK",
            "ACKING a-1 g 1",
            "ACKED a-1 g 1 STALE_LEASE");

    assertThat(executions.outOfTurn()).isEmpty();
    assertThat(executions.startedAgain()).isEmpty();
  }

  @Test
  void aRunIsOverWhenItsProcessWasKilled() {
    Executions executions =
        of("BEGAN a-1 g 1 1 id-1 k 1", "KILLED test a-1", "BEGAN b-1 g 1 1 id-1 k 2");

    assertThat(executions.outOfTurn()).isEmpty();
    assertThat(executions.done()).isEmpty();
  }

  private static Executions of(String... lines) {
    List<Note> notes = Stream.of(lines).map(Note::of).toList();
    return Executions.of("g", notes);
  }
}
