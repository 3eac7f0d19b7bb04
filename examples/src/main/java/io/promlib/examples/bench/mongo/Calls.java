package io.promlib.examples.bench.mongo;

import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the driver asks the server, those that wait for news among it. */
final class Calls implements CommandListener {
  private final LongAdder started = new LongAdder();

  @Override
  public void commandStarted(CommandStartedEvent event) {
    started.increment();
  }

  long count() {
    return started.sum();
  }
}
