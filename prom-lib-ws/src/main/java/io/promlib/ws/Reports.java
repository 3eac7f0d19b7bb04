package io.promlib.ws;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls listeners, whose failures change nothing: an error past here would end the selector's
 * thread.
 */
final class Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);

  private Reports() {}

  static void run(Runnable report) {
    try {
      report.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("a listener failed", e);
    }
  }
}
