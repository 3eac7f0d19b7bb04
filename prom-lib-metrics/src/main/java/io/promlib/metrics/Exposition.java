package io.promlib.metrics;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a registry in the format that the scraper asks for. */
record Exposition(CollectorRegistry registry) {

  Scrape scrape(@Nullable String acceptHeader) {
    String contentType = TextFormat.chooseContentType(acceptHeader);
    List<MetricFamilySamples> families =
        Collections.list(registry.metricFamilySamples()).stream().map(Exposition::plain).toList();
    StringWriter body = new StringWriter();
    try {
      TextFormat.writeFormat(contentType, body, Collections.enumeration(families));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Scrape(contentType, body.toString());
  }

  /** Without the time when each series began, which would be a gauge beside each counter. */
  private static MetricFamilySamples plain(MetricFamilySamples family) {
    return switch (family.type) {
      case COUNTER, HISTOGRAM, SUMMARY ->
          new MetricFamilySamples(
              family.name,
              family.unit,
              family.type,
              family.help,
              family.samples.stream()
                  .filter(sample -> !sample.name.equals(family.name + "_created"))
                  .toList());
      default -> family;
    };
  }
}
