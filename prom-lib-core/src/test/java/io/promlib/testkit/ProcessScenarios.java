package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.bus.EndReason;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two processes on one pair of stores, and the death of one. */
public abstract class ProcessScenarios extends EngineScenarios {
  private final Received first = new Received();
  private final Received second = new Received();

  @Test
  void theProcessesOfAGroupShareItsEvents() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    first.then(delivery -> run());
    second.then(delivery -> run());
    a.bus().subscribe(ORDERS, GROUP, options().build(), first);
    b.bus().subscribe(ORDERS, GROUP, options().build(), second);
    for (int i = 0; i < 20; i++) {
      publishMany(5);
      run();
    }
    List<Long> all = new ArrayList<>(first.seqs());
    all.addAll(second.seqs());
    assertThat(all).hasSize(100).doesNotHaveDuplicates();
    assertThat(first.count()).isPositive();
    assertThat(second.count()).isPositive();
  }

  @Test
  void whatALivingProcessClaimedIsNotDeliveredByAnother() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    a.bus().subscribe(ORDERS, GROUP, hour().build(), first);
    publishMany(3);
    run();
    b.bus().subscribe(ORDERS, GROUP, hour().build(), second);
    pass(Duration.ofMinutes(10));
    assertThat(first.seqs()).containsExactly(1L, 2L, 3L);
    assertThat(second.count()).isZero();
    assertThat(first.get(0).leaseLost()).isFalse();
    assertThat(first.get(0).ack()).isEqualTo(AckResult.OK);
  }

  @Test
  void whatADeadProcessHadNotAckedGoesToAnother() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    a.bus().subscribe(ORDERS, GROUP, hour().build(), first);
    publishMany(3);
    run();
    first.get(1).ack();
    run();
    a.kill();
    b.bus().subscribe(ORDERS, GROUP, hour().build(), second);
    pass(Duration.ofSeconds(29));
    assertThat(second.count()).isZero();
    pass(Duration.ofSeconds(5));
    assertThat(second.seqs()).containsExactlyInAnyOrder(1L, 3L);
    assertThat(second.attempts()).containsOnly(2);
  }

  @Test
  void aProcessThatWasTakenForDeadSettlesNothing() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    a.bus().subscribe(ORDERS, GROUP, hour().build(), first);
    publish(a.bus());
    run();
    b.bus().subscribe(ORDERS, GROUP, hour().build(), second);
    b.workers().runAll();
    clock.advance(Duration.ofSeconds(31));
    b.workers().runAll();
    clock.advance(SECOND);
    b.workers().runAll();
    assertThat(second.attempts()).containsExactly(2);
    assertThat(first.last().leaseLost()).isTrue();
    a.workers().runAll();
    assertThat(first.last().ack()).isEqualTo(AckResult.STALE_LEASE);
    run();
    assertThat(second.last().ack()).isEqualTo(AckResult.OK);
    run();
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aClosedProcessHandsBackUncounted() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    a.bus().subscribe(ORDERS, GROUP, hour().build(), first);
    publishMany(3);
    run();
    a.bus().close();
    b.bus().subscribe(ORDERS, GROUP, hour().build(), second);
    run();
    assertThat(second.seqs()).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(second.attempts()).containsOnly(1);
  }

  @Test
  void aRetryOfAProcessThatDiedIsTriedByAnother() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    a.bus().subscribe(ORDERS, GROUP, hour().build(), first);
    b.bus().subscribe(ORDERS, GROUP, hour().build(), second);
    run();
    publish(a.bus());
    a.workers().runAll();
    assertThat(first.count()).isEqualTo(1);
    first.last().nack("later", Duration.ofMinutes(2));
    a.workers().runAll();
    a.kill();
    pass(Duration.ofMinutes(3));
    assertThat(second.attempts()).containsExactly(2);
  }

  @Test
  void aRedriveInAnotherProcessReachesTheSubscriber() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    first.fails();
    a.bus().subscribe(ORDERS, GROUP, options().maxAttempts(1).build(), first);
    publish(a.bus());
    run();
    first.then(delivery -> {});
    var letters = b.bus().admin().deadLetters(ORDERS.name());
    letters.redrive(letters.list(1, 1).get(0).id());
    pass(Duration.ofMinutes(1));
    assertThat(first.count()).isEqualTo(2);
  }

  @Test
  void aSeekInAnotherProcessEndsTheSubscriber() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    Subscription subscription = a.bus().subscribe(ORDERS, GROUP, options().build(), first);
    publish(a.bus());
    run();
    b.bus().admin().seek(ORDERS.name(), GROUP, StartAt.EARLIEST);
    pass(Duration.ofMinutes(1));
    assertThat(subscription.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SOUGHT);
  }

  @Test
  void aDeleteInAnotherProcessEndsTheSubscriber() {
    TestProcess a = newProcess();
    TestProcess b = newProcess();
    Subscription subscription = a.bus().subscribe(ORDERS, GROUP, options().build(), first);
    publish(a.bus());
    run();
    b.bus().admin().deleteGroup(ORDERS.name(), GROUP);
    publish(a.bus());
    pass(Duration.ofMinutes(1));
    assertThat(subscription.ended().toCompletableFuture()).isCompletedWithValue(EndReason.DELETED);
  }

  private static io.promlib.bus.SubscribeOptions.Builder hour() {
    return manual().ackDeadline(Duration.ofHours(1));
  }

  private static void publish(EventBus bus) {
    bus.publish(ORDERS, "a");
  }
}
