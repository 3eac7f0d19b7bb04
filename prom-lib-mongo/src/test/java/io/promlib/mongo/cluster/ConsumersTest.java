package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Ordering;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes of one group are killed while they work. */
class ConsumersTest {
  private static final int PROCESSES = 4;
  private static final int KEYS = 64;

  /** Soon over where a process was killed, and renewed by one that stands still for a while. */
  private static final int CLAIM_LEASE_MS = 10_000;

  private static final String GROUP = "workers";

  @ParameterizedTest
  @EnumSource(
      value = Ordering.class,
      names = {"NONE", "KEY"})
  void killedConsumersLoseNothingAndRepeatNothingThatWasAckedDurably(Ordering ordering)
      throws Exception {
    int rounds = Sizes.kills() + 1;
    int perRound = Sizes.consumed() / rounds;
    Database database = Database.fresh();
    Topic<String> topic = Topic.of("cluster.consumed", String.class);
    String test = "consumers-" + ordering.name().toLowerCase(Locale.ROOT);
    Map<String, Object> settings = settings(ordering, 8, 5);
    try (EventBus bus = database.open();
        Cluster cluster = new Cluster(test, database.settings(topic.name()))) {
      Map<String, ChildJvm> consumers = new HashMap<>();
      for (int i = 0; i < PROCESSES; i++) {
        start(cluster, settings, consumers);
      }
      cluster.awaitReady(Sizes.patience());
      for (int round = 0; round < rounds; round++) {
        long begun = settled(cluster);
        List<Message<String>> messages = messages(round * perRound, perRound);
        String held = "hold-" + round;
        if (round < rounds - 1) {
          messages.set(perRound / 4, message(held, round * perRound + perRound / 4));
        }
        CompletableFuture<?> published = bus.publishAllAsync(topic, messages);
        Progress.await(() -> settled(cluster) >= begun + perRound / 2);
        // As many more as half a round are done; others are under way or wait.
        if (round < rounds - 1) {
          Progress.await(() -> holder(cluster, held).isPresent());
          String victim = holder(cluster, held).orElseThrow();
          cluster.kill(Objects.requireNonNull(consumers.remove(victim)));
          start(cluster, settings, consumers);
        }
        published.join();
      }
      int total = rounds * perRound;
      Progress.await(() -> Topics.floor(bus, topic.name(), GROUP) == total);
      cluster.awaitReady(Sizes.patience());
      cluster.stop(Sizes.patience());

      Executions executions = Executions.of(GROUP, cluster.journal().notes());
      System.out.printf(
          "%s: %d events, %d kills, %d redeliveries%n",
          test, total, rounds - 1, executions.redelivered());
      assertThat(executions.redelivered())
          .as("kills while events were at work")
          .isGreaterThanOrEqualTo(rounds - 1);
      assertThat(executions.done()).hasSize(total);
      assertThat(executions.startedAgain()).isEmpty();
      assertThat(bus.admin().deadLetters(topic.name()).list(1, 10)).isEmpty();
      if (ordering == Ordering.KEY) {
        assertThat(executions.outOfTurn()).isEmpty();
      }
    }
  }

  @Test
  void anEventThatKillsItsProcessRestsAsADeadLetterAndItsNeighboursAreDone() throws Exception {
    Database database = Database.fresh();
    Topic<String> topic = Topic.of("cluster.killer", String.class);
    Map<String, Object> settings = settings(Ordering.NONE, 4, 2);
    try (EventBus bus = database.open();
        Cluster cluster = new Cluster("killer", database.settings(topic.name()))) {
      List<Message<String>> messages = new ArrayList<>(messages(0, 20));
      messages.add(10, Message.of("killer", PublishOptions.none().id("kill-1").key("k")));
      bus.publishAll(topic, messages);
      Supervisor supervisor = new Supervisor(cluster, 2, settings);
      Progress.await(
          () -> {
            supervisor.restartTheFallen();
            return Topics.floor(bus, topic.name(), GROUP) == messages.size();
          });

      List<DeadLetter> letters = bus.admin().deadLetters(topic.name()).list(1, 10);
      System.out.printf("killer: %d processes fell%n", supervisor.fallen());
      assertThat(letters).extracting(letter -> letter.original().id()).containsExactly("kill-1");
      assertThat(supervisor.fallen()).isGreaterThanOrEqualTo(2);
      Executions executions = Executions.of(GROUP, cluster.journal().notes());
      assertThat(executions.done()).hasSize(20).doesNotContain(11L);
      assertThat(executions.startedAgain()).isEmpty();
    }
  }

  private static void start(
      Cluster cluster, Map<String, Object> settings, Map<String, ChildJvm> consumers)
      throws IOException {
    ChildJvm child = cluster.start("consumer", ConsumerMain.class, settings);
    consumers.put(child.who(), child);
  }

  /** The process that was given this event last. */
  private static Optional<String> holder(Cluster cluster, String id) throws IOException {
    return cluster.journal().notes().stream()
        .filter(note -> note.kind() == Note.Kind.BEGAN && note.word(3).equals(id))
        .map(Note::who)
        .reduce((before, last) -> last);
  }

  /** How often a handler came to its ack. */
  private static long settled(Cluster cluster) throws IOException {
    return cluster.journal().count(note -> note.kind() == Note.Kind.ACKING);
  }

  /** Claims end soon, so that what was killed is soon taken over. */
  private static Map<String, Object> settings(Ordering ordering, int concurrency, int maxAttempts) {
    return Map.of(
        "group",
        GROUP,
        "ordering",
        ordering,
        "concurrency",
        concurrency,
        "maxAttempts",
        maxAttempts,
        "work",
        Sizes.work().toMillis(),
        "claimLease",
        CLAIM_LEASE_MS);
  }

  private static List<Message<String>> messages(int from, int count) {
    List<Message<String>> messages = new ArrayList<>();
    for (int n = from; n < from + count; n++) {
      messages.add(message("event-" + n, n));
    }
    return messages;
  }

  private static Message<String> message(String id, int n) {
    return Message.of("event " + n, PublishOptions.none().id(id).key("key-" + n % KEYS));
  }
}
