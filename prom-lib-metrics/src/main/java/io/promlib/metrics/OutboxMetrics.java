package io.promlib.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.promlib.outbox.OutboxListener;
import io.promlib.outbox.OutboxRecord;
import java.util.List;

/** Counts what a drainer does. */
final class OutboxMetrics implements OutboxListener {
  private final Counter published =
      Counter.build("outbox_published_total", "Outbox records published and marked so.").create();
  private final Counter failed =
      Counter.build("outbox_failed_total", "Attempts to publish an outbox record that failed.")
          .create();

  List<Collector> collectors() {
    return List.of(published, failed);
  }

  @Override
  public void onPublished(OutboxRecord record) {
    published.inc();
  }

  @Override
  public void onFailed(OutboxRecord record, int attempts, Throwable error, boolean rests) {
    failed.inc();
  }
}
