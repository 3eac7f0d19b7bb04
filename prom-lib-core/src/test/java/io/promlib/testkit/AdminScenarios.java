package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.AckResult;
import io.promlib.bus.EndReason;
import io.promlib.bus.GroupLag;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.bus.Subscription;
import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.store.Ordering;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Views and changes of groups, and the end of a bus. */
public abstract class AdminScenarios extends EngineScenarios {
  private static final Topic<String> OTHERS = Topic.of("orders.cancelled", String.class);

  private final Received got = new Received();

  @Test
  void aGroupsViewTellsWhereItStands() {
    subscribe(manual().maxInFlight(2), got);
    publishMany(5);
    run();
    got.get(0).ack();
    run();
    assertThat(group().floor()).isEqualTo(1);
    assertThat(group().last().orElseThrow().seq()).isEqualTo(1);
    assertThat(group().lag()).isEqualTo(4);
    assertThat(group().inFlight()).isEqualTo(2);
    assertThat(group().subscribers()).isEqualTo(1);
    assertThat(group().oldestAt()).contains(clock.millis());
    assertThat(group().oldest().orElseThrow().seq()).isEqualTo(2);
    assertThat(group().retrying()).isZero();
    got.get(1).nack("not today", Duration.ofHours(1));
    run();
    assertThat(group().retrying()).isEqualTo(1);
    assertThat(group().failures()).isEqualTo(1);
  }

  @Test
  void topicsAndGroupsAreListedByNameAlone() {
    subscribe(manual(), got);
    publish("a");
    run();
    assertThat(bus().admin().topicNames()).containsExactly(ORDERS.name());
    assertThat(bus().admin().groupKeys()).containsExactly(new GroupKey(ORDERS.name(), GROUP));
  }

  @Test
  void theLagsOfAllGroupsAreThoseOfTheirViews() {
    subscribe(manual().maxInFlight(2), got);
    bus().subscribe(ORDERS, "auditor", options().build(), new Received());
    bus()
        .subscribe(
            OTHERS, GROUP, options().ordering(Ordering.KEY).manualAck().build(), new Received());
    publishMany(5);
    bus().publish(OTHERS, "a");
    run();
    got.get(0).ack();
    run();
    assertThat(bus().admin().lags())
        .containsExactly(
            new GroupLag(OTHERS.name(), GROUP, 0, 1, 1),
            new GroupLag(ORDERS.name(), "auditor", 5, 0, 0),
            new GroupLag(ORDERS.name(), GROUP, 1, 4, 2));
    for (GroupLag lag : bus().admin().lags()) {
      GroupView view = bus().admin().group(lag.topic(), lag.group()).orElseThrow();
      assertThat(lag.floor()).isEqualTo(view.floor());
      assertThat(lag.lag()).isEqualTo(view.lag());
      assertThat(lag.inFlight()).isEqualTo(view.inFlight());
    }
  }

  @Test
  void aSeekBackDeliversAgainAndEndsItsSubscribers() {
    Subscription subscription = subscribe(manual(), got);
    publishMany(3);
    run();
    assertThat(bus().admin().seek(ORDERS.name(), GROUP, new StartAt.AfterSeq(1))).isTrue();
    run();
    assertThat(subscription.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SOUGHT);
    assertThat(got.get(2).ack()).isEqualTo(AckResult.STALE_LEASE);
    Received again = new Received();
    subscribe(options(), again);
    run();
    assertThat(again.seqs()).containsExactly(2L, 3L);
    assertThat(again.attempts()).containsOnly(1);
  }

  @Test
  void aDeletedGroupEndsItsSubscribersAndIsGone() {
    Subscription subscription = subscribe(manual(), got);
    publish("a");
    run();
    assertThat(bus().admin().deleteGroup(ORDERS.name(), GROUP)).isTrue();
    run();
    assertThat(subscription.ended().toCompletableFuture()).isCompletedWithValue(EndReason.DELETED);
    assertThat(bus().admin().groups(ORDERS.name())).isEmpty();
    assertThat(bus().admin().deleteGroup(ORDERS.name(), GROUP)).isFalse();
  }

  @Test
  void aDeadLetterTopicNeverDropsTheOldest() {
    assertThatThrownBy(
            () -> bus().admin().configure("dlq." + ORDERS.name(), TopicSettings.UNLIMITED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("REJECT");
  }

  @Test
  void closingTheBusEndsItsSubscriptionsAndMayBeDoneTwice() {
    Subscription subscription = subscribe(manual(), got);
    bus().close();
    bus().close();
    assertThat(subscription.ended().toCompletableFuture())
        .isCompletedWithValue(EndReason.BUS_CLOSED);
  }
}
