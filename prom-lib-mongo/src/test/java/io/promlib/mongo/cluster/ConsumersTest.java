package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.DeadLetter;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.Ordering;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes of one group are killed while they work. */
class ConsumersTest {
  private static final int PROCESSES = 4;
  private static final int KEYS = 64;
  private static final int CLAIM_LEASE_MS = 6_000;
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
      Deque<ChildJvm> consumers = new ArrayDeque<>();
      for (int i = 0; i < PROCESSES; i++) {
        consumers.add(cluster.start("consumer", ConsumerMain.class, settings));
      }
      cluster.awaitReady(Sizes.patience());
      for (int round = 0; round < rounds; round++) {
        long begun = settled(cluster);
        CompletableFuture<?> published =
            bus.publishAllAsync(topic, messages(round * perRound, perRound));
        Progress.await(() -> settled(cluster) >= begun + perRound / 2);
        // Half of this round is done, the other half under way or waiting.
        if (round < rounds - 1) {
          ChildJvm victim = busiest(cluster, consumers);
          consumers.remove(victim);
          cluster.kill(victim);
          consumers.add(cluster.start("consumer", ConsumerMain.class, settings));
        }
        published.join();
        long soFar = (round + 1L) * perRound;
        Progress.await(() -> Topics.floor(bus, topic.name(), GROUP) == soFar);
      }
      int total = rounds * perRound;
      cluster.awaitReady(Sizes.patience());
      cluster.stop(Sizes.patience());

      Executions executions = Executions.of(GROUP, cluster.journal().notes());
      System.out.printf(
          "%s: %d events, %d kills, %d redeliveries%n",
          test, total, rounds - 1, executions.redelivered());
      assertThat(executions.redelivered()).as("kills while events were at work").isPositive();
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

  /** The process with the most events at work: an idle one would leave nothing to take over. */
  private static ChildJvm busiest(Cluster cluster, Collection<ChildJvm> consumers)
      throws IOException {
    Map<String, Integer> atWork = new HashMap<>();
    for (Note note : cluster.journal().notes()) {
      if (note.kind() == Note.Kind.BEGAN) {
        atWork.merge(note.who(), 1, Integer::sum);
      } else if (note.kind() == Note.Kind.ACKING) {
        atWork.merge(note.who(), -1, Integer::sum);
      }
    }
    return Collections.max(
        consumers, Comparator.comparing(child -> atWork.getOrDefault(child.who(), 0)));
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
      PublishOptions options = PublishOptions.none().id("event-" + n).key("key-" + n % KEYS);
      messages.add(Message.of("event " + n, options));
    }
    return messages;
  }
}
