package io.promlib.client;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what a gateway does wrong, but not without end for one connection. Safe for any thread. */
final class Complaints {
  private static final Logger log = LoggerFactory.getLogger(EventClient.class);
  private static final int MOST = 20;

  private final AtomicInteger told = new AtomicInteger();

  /** There is a connection of which nothing has been told. */
  void begin() {
    told.set(0);
  }

  void tell(String what) {
    int number = told.getAndUpdate(count -> Math.min(count + 1, MOST + 1));
    if (number < MOST) {
      log.warn("{}", what);
    } else if (number == MOST) {
      log.warn("no more is logged of what this connection brings that cannot be used");
    }
  }
}
