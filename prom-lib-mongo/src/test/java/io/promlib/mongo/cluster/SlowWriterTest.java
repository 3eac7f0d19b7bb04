package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.mongo.testing.TcpProxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * One of four writers has a slower network: 5 ms more for each question and its answer.
 *
 * <p>A writer whose process stands still for a moment gets no share either. So one stretch of
 * several is enough: one that is kept out has no share in any.
 */
class SlowWriterTest {
  private static final int FAST = 3;
  private static final int STRETCHES = 4;
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
      Progress.await(() -> cluster.journal().count(note -> note.who().equals(slow.who())) > 0);
      int least = total / (FAST + 1) / 10;
      long slows = 0;
      for (int stretch = 0; stretch < STRETCHES && slows < least; stretch++) {
        long from = tail(bus);
        Progress.await(() -> tail(bus) >= from + total);
        slows = appends(bus, slow, from + 1, from + total);
        System.out.printf(
            "slow-writer: %d of %d appends, an equal share is %d%n",
            slows, total, total / (FAST + 1));
      }
      cluster.stop(Sizes.patience());

      assertThat(slows).isGreaterThanOrEqualTo(least);
    }
  }

  private static long tail(EventBus bus) {
    return bus.admin().topic(TOPIC).extent().tail();
  }

  private static long appends(EventBus bus, ChildJvm writer, long first, long last) {
    return Topics.all(bus, TOPIC).stream()
        .filter(event -> event.seq() >= first && event.seq() <= last)
        .filter(event -> event.id().startsWith(writer.who()))
        .count();
  }
}
