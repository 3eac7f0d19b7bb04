package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.Isolation;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Json;
import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.memory.InMemoryEventStore;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GatesTest {
  private static final Topic<String> TOPIC = Topic.of("orders", String.class);

  private final Gates gates = new Gates();
  private final Isolation connection = new Isolation("connection");
  private final GroupRuntime group = group();

  @Test
  void theMembersOfOneIsolationShareAGateAndOthersHaveTheirOwn() {
    Member first = enter(connection);
    assertThat(enter(connection).gate()).isSameAs(first.gate());
    assertThat(enter(new Isolation("connection")).gate()).isNotSameAs(first.gate());
    assertThat(enterProcess().gate()).isNotSameAs(first.gate()).isSameAs(enterProcess().gate());
  }

  @Test
  void aMemberIsInItsGateWhenItIsHandedOut() {
    Member member = enter(connection);
    assertThat(member.gate().isUnused()).isFalse();
    member.gate().leave(member);
    assertThat(member.gate().isUnused()).isTrue();
  }

  @Test
  void aGateThatNobodyUsesIsForgotten() {
    Member first = enter(connection);
    first.gate().leave(first);
    assertThat(enter(connection).gate()).isNotSameAs(first.gate());
  }

  @Test
  void aGateIsNotForgottenBetweenItsMakingAndItsFirstMember() throws InterruptedException {
    Member before = enter(connection);
    before.gate().leave(before);
    Thread another = new Thread(() -> enter(new Isolation("another")), "another subscriber");
    Member member =
        gates.enter(
            connection,
            gate -> {
              another.start();
              Set<Thread.State> through = Set.of(Thread.State.TERMINATED, Thread.State.BLOCKED);
              await().until(() -> through.contains(another.getState()));
              return member(gate);
            });
    another.join();
    assertThat(enter(connection).gate()).isSameAs(member.gate());
  }

  private Member enter(Isolation isolation) {
    return gates.enter(isolation, this::member);
  }

  private Member enterProcess() {
    return gates.enter(null, this::member);
  }

  private Member member(Gate gate) {
    return new Member(
        group, TOPIC, SubscribeOptions.defaults(), delivery -> {}, Json.mapper(), gate);
  }

  private static GroupRuntime group() {
    Wiring wiring = Wirings.of(new InMemoryEventStore(), task -> {});
    GroupKey key = new GroupKey(TOPIC.name(), "mailer");
    GroupState state = GroupState.starting(GroupSettings.DEFAULT, 1, 0);
    Versioned stored = new Versioned(state, new Version(1, 1));
    return Objects.requireNonNull(new Topics(wiring).get(TOPIC.name()).group(key, stored));
  }
}
