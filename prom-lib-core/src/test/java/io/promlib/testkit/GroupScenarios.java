package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.PublishOptions;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How groups begin, go on, and stay as they were made. */
public abstract class GroupScenarios extends EngineScenarios {

  @Test
  void earliestBeginsAtTheOldestEvent() {
    publishMany(3);
    assertThat(seqsFrom(StartAt.EARLIEST)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void theDefaultIsLatest() {
    publishMany(3);
    Received got = new Received();
    bus().subscribe(ORDERS, GROUP, got);
    publish("next");
    run();
    assertThat(got.seqs()).containsExactly(4L);
  }

  @Test
  void afterSeqBeginsBehindThatPosition() {
    publishMany(3);
    assertThat(seqsFrom(new StartAt.AfterSeq(1))).containsExactly(2L, 3L);
  }

  @Test
  void afterTheTailIsTheNextEvent() {
    publishMany(3);
    assertThat(seqsFrom(new StartAt.AfterSeq(3))).isEmpty();
  }

  @Test
  void afterIdBeginsBehindThatEvent() {
    publish("a");
    publish("b", PublishOptions.none().id("order-7"));
    publish("c");
    assertThat(seqsFrom(new StartAt.AfterId("order-7"))).containsExactly(3L);
  }

  @Test
  void sinceBeginsAtTheFirstEventOfThatTime() {
    publish("a", PublishOptions.none().ts(10L));
    publish("b", PublishOptions.none().ts(30L));
    publish("c", PublishOptions.none().ts(20L));
    assertThat(seqsFrom(new StartAt.Since(Instant.ofEpochMilli(20)))).containsExactly(2L, 3L);
  }

  @Test
  void sinceATimeThatNoEventHasReachedIsTheNextEvent() {
    publish("a", PublishOptions.none().ts(10L));
    assertThat(seqsFrom(new StartAt.Since(Instant.ofEpochMilli(11)))).isEmpty();
  }

  @Test
  void aSeqBeyondTheTailIsRefusedAndMakesNothing() {
    publishMany(3);
    assertThatThrownBy(() -> seqsFrom(new StartAt.AfterSeq(4)))
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("4")
        .hasMessageContaining("3");
    assertThat(bus().admin().groups(ORDERS.name())).isEmpty();
  }

  @Test
  void anUnknownIdIsRefusedAndMakesNothing() {
    publishMany(3);
    assertThatThrownBy(() -> seqsFrom(new StartAt.AfterId("nobody")))
        .isInstanceOf(UnknownPositionException.class)
        .hasMessageContaining("nobody");
    assertThat(bus().admin().groups(ORDERS.name())).isEmpty();
  }

  @Test
  void aLaterSubscribeGoesOnWhereTheGroupStands() {
    publishMany(3);
    Subscription first = subscribe(options(), new Received());
    run();
    first.close();
    publishMany(2);
    Received got = new Received();
    subscribe(options().startAt(StartAt.EARLIEST), got);
    run();
    assertThat(got.seqs()).containsExactly(4L, 5L);
  }

  @Test
  void aGroupOutlivesTheBusOnItsStore() {
    publishMany(3);
    subscribe(options(), new Received());
    run();
    bus().close();
    Received got = new Received();
    TestProcess next = newProcess();
    next.bus().subscribe(ORDERS, GROUP, options().build(), got);
    next.bus().publish(ORDERS, "next");
    run();
    assertThat(got.seqs()).containsExactly(4L);
  }

  @Test
  void twoGroupsEachGetEveryEvent() {
    Received a = new Received();
    Received b = new Received();
    bus().subscribe(ORDERS, "a", options().build(), a);
    bus().subscribe(ORDERS, "b", options().build(), b);
    publishMany(3);
    run();
    assertThat(a.seqs()).containsExactly(1L, 2L, 3L);
    assertThat(b.seqs()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void anotherOrderingIsRefused() {
    subscribe(options().ordering(Ordering.KEY), new Received());
    assertRefused("ordering", options().ordering(Ordering.TOPIC));
  }

  @Test
  void anotherFilterIsRefused() {
    subscribe(options().filter(new Filter.Match("a", List.of(), Map.of())), new Received());
    assertRefused("filter", options().filter(new Filter.Match("b", List.of(), Map.of())));
  }

  @Test
  void otherMaxAttemptsAreRefused() {
    subscribe(options().maxAttempts(3), new Received());
    assertRefused("maxAttempts", options().maxAttempts(4));
  }

  @Test
  void anotherBackOffIsRefused() {
    subscribe(options(), new Received());
    assertRefused("backoff", options().backoff(Backoff.fixed(Duration.ofSeconds(2))));
  }

  @Test
  void aPredicateOfAnotherNameIsRefused() {
    subscribe(options().filter("even", event -> event.seq() % 2 == 0), new Received());
    assertRefused("filter", options().filter("odd", event -> event.seq() % 2 == 1));
  }

  @Test
  void aMemberWithoutThePredicateOfItsGroupIsRefused() {
    subscribe(options().filter("even", event -> event.seq() % 2 == 0), new Received());
    assertRefused("even", options());
  }

  @Test
  void whatIsNotGivenIsTheGroups() {
    SubscribeOptions.Builder made =
        options()
            .ordering(Ordering.KEY)
            .maxAttempts(2)
            .filter(new Filter.Match("wanted", List.of(), Map.of()));
    subscribe(made, new Received()).close();
    Received got = new Received().fails();
    bus().subscribe(ORDERS, GROUP, got);
    publishKeyed("unwanted");
    publishKeyed("wanted");
    pass(Duration.ofSeconds(3));
    assertThat(got.seqs()).containsExactly(2L, 2L);
    assertThat(letters()).hasSize(1);
  }

  @Test
  void deadlineConcurrencyAndLimitsAreEachSubscribersOwn() {
    subscribe(options().concurrency(1).ackDeadline(SECOND).maxInFlight(5), new Received());
    subscribe(
        options().concurrency(7).ackDeadline(Duration.ofHours(1)).batchSize(3), new Received());
    assertThat(group().subscribers()).isEqualTo(2);
  }

  @Test
  void aNamedPredicateSelects() {
    Received got = new Received();
    subscribe(options().filter("even", event -> event.seq() % 2 == 0), got);
    publishMany(6);
    run();
    assertThat(got.seqs()).containsExactly(2L, 4L, 6L);
    assertThat(group().floor()).isEqualTo(6);
  }

  @Test
  void aFilterSelectsByTagsAndHeaders() {
    Received got = new Received();
    subscribe(options().filter(new Filter.Match(null, List.of("eu"), Map.of("v", "2"))), got);
    publish("a", PublishOptions.none().tags(List.of("eu")));
    publish("b", PublishOptions.none().tags(List.of("eu", "x")).headers(Map.of("v", "2")));
    publish("c", PublishOptions.none().headers(Map.of("v", "2")));
    run();
    assertThat(got.payloads()).containsExactly("b");
  }

  @Test
  void aPredicateThatThrowsHoldsNothingUp() {
    Received got = new Received();
    subscribe(
        options()
            .filter(
                "careless",
                event -> {
                  if (event.seq() == 2) {
                    throw new IllegalStateException("careless");
                  }
                  return true;
                }),
        got);
    publishMany(3);
    pass(Duration.ofSeconds(5));
    assertThat(got.seqs()).contains(1L, 3L);
  }

  @Test
  void anAbandonedGroupExpires() {
    Subscription subscription =
        subscribe(options().expireAfter(Duration.ofSeconds(100)), new Received());
    pass(Duration.ofSeconds(20));
    subscription.close();
    pass(Duration.ofSeconds(99));
    assertThat(bus().admin().groups(ORDERS.name())).hasSize(1);
    pass(Duration.ofSeconds(60));
    assertThat(bus().admin().groups(ORDERS.name())).isEmpty();
  }

  @Test
  void aGroupThatIsSubscribedToDoesNotExpire() {
    subscribe(options().expireAfter(Duration.ofSeconds(100)), new Received());
    pass(Duration.ofSeconds(500));
    assertThat(bus().admin().groups(ORDERS.name())).hasSize(1);
  }

  @Test
  void aGroupThatOnlyAnotherProcessSubscribesToDoesNotExpire() {
    TestProcess other = newProcess();
    TestProcess subscriber = newProcess();
    subscriber
        .bus()
        .subscribe(
            ORDERS, GROUP, options().expireAfter(Duration.ofSeconds(100)).build(), new Received());
    pass(Duration.ofSeconds(500));
    assertThat(other.bus().admin().groups(ORDERS.name())).hasSize(1);
  }

  private List<Long> seqsFrom(StartAt start) {
    Received got = new Received();
    subscribe(options().startAt(start), got);
    run();
    return got.seqs();
  }

  private void assertRefused(String field, SubscribeOptions.Builder options) {
    assertThatThrownBy(() -> subscribe(options, new Received()))
        .isInstanceOf(GroupMismatchException.class)
        .hasMessageContaining(field)
        .hasMessageContaining(GROUP);
    assertThat(group().subscribers()).isEqualTo(1);
  }
}
