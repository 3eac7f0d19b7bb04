/** What bus, outbox and gateway do, as Prometheus metrics. Start at {@code PrometheusMetrics}. */
@NullMarked
package io.promlib.metrics;

import org.jspecify.annotations.NullMarked;
