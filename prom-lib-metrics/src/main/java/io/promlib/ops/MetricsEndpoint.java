package io.promlib.ops;

import io.promlib.metrics.PrometheusMetrics;
import io.promlib.metrics.Scrape;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics}, in the format that the scraper asks for. */
final class MetricsEndpoint implements Endpoint {
  private final @Nullable PrometheusMetrics metrics;

  MetricsEndpoint(@Nullable PrometheusMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public boolean asksStores() {
    return false;
  }

  @Override
  public Answer answer(Ask ask) throws OpsError {
    ask.query();
    ask.caller().requireListing();
    if (metrics == null) {
      throw OpsError.notFound("this process keeps no metrics");
    }
    Scrape scrape = metrics.scrape(ask.header("Accept"));
    return new Answer(200, scrape.contentType(), scrape.body().getBytes(StandardCharsets.UTF_8));
  }
}
