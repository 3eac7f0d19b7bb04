package io.promlib.mongo.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.mongo.testing.TcpProxy;
import io.promlib.time.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The database goes away in mid-load and comes back. */
class OutageTest {
  private static final String TOPIC = "cluster.outlived";
  private static final String GROUP = "workers";
  private static final int WRITERS = 2;
  private static final int CONSUMERS = 2;

  /** How a database is away. */
  enum Outage {
    REFUSING {
      @Override
      void begin(TcpProxy proxy) {
        proxy.cut();
      }

      @Override
      void end(TcpProxy proxy) {
        proxy.restore();
      }
    },
    SILENT {
      @Override
      void begin(TcpProxy proxy) {
        proxy.freeze();
      }

      @Override
      void end(TcpProxy proxy) {
        proxy.thaw();
      }
    };

    abstract void begin(TcpProxy proxy);

    abstract void end(TcpProxy proxy);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLostAndNothingAppendedTwice(Outage outage) throws Exception {
    int least = Sizes.outlived();
    Database database = Database.fresh();
    try (TcpProxy proxy = database.proxy();
        EventBus bus = database.open();
        Cluster cluster =
            new Cluster("outage-" + outage, database.through(proxy).settings(TOPIC))) {
      List<ChildJvm> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(
            cluster.start(
                "writer",
                WriterMain.class,
                Map.of("threads", 2, "each", 0, "window", 1, "keys", 50)));
      }
      for (int i = 0; i < CONSUMERS; i++) {
        cluster.start(
            "consumer",
            ConsumerMain.class,
            Map.of(
                "group",
                GROUP,
                "ordering",
                "KEY",
                "concurrency",
                32,
                "maxAttempts",
                5,
                "work",
                20));
      }
      cluster.awaitReady(Sizes.patience());
      cluster.go();
      Progress.await(
          () -> published(cluster) >= least / 3 && Topics.floor(bus, TOPIC, GROUP) >= least / 10);
      outage.begin(proxy);
      pass(Sizes.outage());
      long during = published(cluster);
      outage.end(proxy);
      Progress.await(() -> published(cluster) >= Math.max(least, during + least / 3));
      cluster.stop(writers, Sizes.patience());
      long total = published(cluster);
      Progress.await(() -> Topics.floor(bus, TOPIC, GROUP) == total);
      cluster.stop(Sizes.patience());

      Executions executions = Executions.of(GROUP, cluster.journal().notes());
      System.out.printf(
          "outage %s: %d of %d published when it ended, %d redeliveries%n",
          outage, during, total, executions.redelivered());
      List<EventRecord> stored = Topics.all(bus, TOPIC);
      assertThat(stored)
          .extracting(EventRecord::seq)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, total).boxed().toList());
      assertThat(stored).extracting(EventRecord::id).doesNotHaveDuplicates();
      assertThat(executions.done()).hasSize((int) total);
      assertThat(executions.startedAgain()).isEmpty();
      assertThat(executions.outOfTurn()).isEmpty();
    }
  }

  private static long published(Cluster cluster) throws IOException {
    return cluster.journal().count(note -> note.kind() == Note.Kind.PUBLISHED);
  }

  /** The length of the outage is what is tested. */
  private static void pass(Duration time) throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    try (Timing timing = Timing.system()) {
      timing.schedule(over::countDown, time);
      over.await();
    }
  }
}
