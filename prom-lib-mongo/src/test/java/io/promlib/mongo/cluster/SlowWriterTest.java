package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.mongo.testing.TcpProxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One of four writers has a slower network: 5 ms more for each question and its answer. */
class SlowWriterTest {
  private static final int FAST = 3;
  private static final Duration EACH_WAY = Duration.ofNanos(2_500_000);
  private static final String TOPIC = "cluster.raced";

  @Test
  void theSlowerOneStillGetsATenthOfItsShare() throws Exception {
    int total = Sizes.raced();
    // Few in one append, so that a share is a matter of many appends.
    Map<String, Object> writing = Map.of("threads", 4, "each", 0, "window", 1, "keys", 50);
    Database database = Database.fresh();
    try (TcpProxy proxy = database.proxy();
        EventBus bus = database.open();
        Cluster cluster = new Cluster("slow-writer", database.settings(TOPIC))) {
      proxy.delay(EACH_WAY);
      for (int i = 0; i < FAST; i++) {
        cluster.start("fast", WriterMain.class, writing);
      }
      Map<String, Object> slower = new HashMap<>(writing);
      slower.put("uri", database.through(proxy).uri());
      ChildJvm slow = cluster.start("slow", WriterMain.class, slower);
      cluster.awaitReady(Sizes.patience());
      cluster.go();
      Progress.await(() -> bus.admin().topic(TOPIC).extent().tail() >= total);
      cluster.stop(Sizes.patience());

      List<EventRecord> raced =
          Topics.all(bus, TOPIC).stream().filter(event -> event.seq() <= total).toList();
      long slows = raced.stream().filter(event -> event.id().startsWith(slow.who())).count();
      System.out.printf(
          "slow-writer: %d of %d appends, an equal share is %d%n",
          slows, total, total / (FAST + 1));
      assertThat(raced).hasSize(total);
      assertThat(slows).isGreaterThanOrEqualTo(total / (FAST + 1) / 10);
    }
  }
}
