package io.promlib.ws;

import io.promlib.wire.GatewayListener;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls listeners, whose failures change nothing: an error past here would end the selector's
 * thread.
 */
final class Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);

  private Reports() {}

  static void tell(List<GatewayListener> listeners, Consumer<GatewayListener> event) {
    for (GatewayListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener failed", e);
      }
    }
  }
}
