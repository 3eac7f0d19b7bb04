package io.promlib.ops;

import static io.promlib.ops.Ops.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.Topic;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The last minutes of topics and groups, looked at by hand. */
class SamplerTest {
  private final ManualClock clock = new ManualClock();
  private final Stalling store = new Stalling();
  private Tracks tracks = new Tracks(100);
  private Sampler sampler = sampler();

  private Sampler sampler() {
    return new Sampler(store.bus().admin(), tracks, clock, OpsLimits.defaults());
  }

  @AfterEach
  void close() {
    sampler.close();
    store.close();
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      store.bus().publish(ORDERS, Ops.tree("1"));
    }
  }

  private void later(Duration by) {
    clock.advance(by);
    sampler.step();
  }

  @Test
  void aTopicsRateIsWhatWasAppendedMeanwhile() {
    publish(3);
    sampler.step();
    TopicTrack orders = tracks.topic("orders");
    assertThat(orders.rate()).isZero();
    publish(50);
    later(Duration.ofSeconds(10));
    assertThat(orders.rate()).isEqualTo(5.0);
    assertThat(orders.grown()).containsExactly(0, 50);
    for (int i = 0; i < 60; i++) {
      later(Duration.ofSeconds(5));
    }
    assertThat(orders.rate()).isZero();
    assertThat(orders.grown()).hasSize(History.MOST).containsOnly(0);
  }

  @Test
  void aGroupIsBehindSinceTheFirstLookThatFoundItSo() {
    store.bus().subscribe(ORDERS, "mailer", Ops.fromEarliest(), delivery -> {}).close();
    sampler.step();
    GroupTrack mailer = tracks.group("orders", "mailer");
    assertThat(mailer.behindSince()).isZero();
    publish(4);
    later(Duration.ofSeconds(5));
    long since = clock.millis();
    publish(2);
    later(Duration.ofSeconds(5));
    assertThat(mailer.lag()).isEqualTo(6);
    assertThat(mailer.lags()).containsExactly(0, 4, 6);
    assertThat(mailer.behindSince()).isEqualTo(since);
    assertThat(tracks.topic("orders").behind()).isEqualTo(1);
    store.bus().admin().seek("orders", "mailer", io.promlib.bus.StartAt.LATEST);
    later(Duration.ofSeconds(5));
    assertThat(mailer.behindSince()).isZero();
    assertThat(mailer.rate()).isPositive();
  }

  @Test
  void whatIsGoneIsForgotten() {
    store.bus().subscribe(ORDERS, "mailer", Ops.fromEarliest(), delivery -> {}).close();
    publish(1);
    sampler.step();
    assertThat(tracks.group("orders", "mailer")).isNotNull();
    store.bus().admin().deleteGroup("orders", "mailer");
    sampler.step();
    assertThat(tracks.group("orders", "mailer")).isNull();
  }

  @Test
  void noMoreAreKeptThanThereIsRoomFor() {
    tracks = new Tracks(2);
    sampler.close();
    sampler = sampler();
    for (String name : new String[] {"a", "b", "c"}) {
      store.bus().publish(Topic.of(name, Integer.class), 1);
      store.bus().subscribe(Topic.of("a", Integer.class), "group-" + name, d -> {}).close();
    }
    sampler.step();
    assertThat(tracks.all()).hasSize(2);
    assertThat(tracks.topic("c")).isNull();
    assertThat(tracks.topic("a").groups()).hasSize(2);
    store.bus().admin().deleteGroup("a", "group-a");
    sampler.step();
    sampler.step();
    assertThat(tracks.topic("a").groups()).containsOnlyKeys("group-b", "group-c");
  }

  @Test
  void aStoreThatIsAwayLeavesEverythingAsItWas() {
    publish(3);
    sampler.step();
    store.fail(true);
    later(Duration.ofSeconds(5));
    assertThat(tracks.topic("orders").grown()).containsExactly(0);
    store.fail(false);
    publish(5);
    later(Duration.ofSeconds(5));
    assertThat(tracks.topic("orders").grown()).containsExactly(0, 5);
  }

  @Test
  void aHistoryKeepsTheNewest() {
    History history = new History();
    for (int i = 0; i < 100; i++) {
      history.add(i);
    }
    assertThat(history.all()).hasSize(60).startsWith(40, 41).endsWith(98, 99);
  }
}
