package io.promlib.bus.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.BusListener;
import io.promlib.bus.EventBus;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a bus is made of.
 *
 * @param shared whether other processes may use the same stores, so that they have to be looked at
 * @param owner names this process in claims
 * @param ackDelay how long an ack may wait to be written together with others
 * @param upkeepEvery how often it is looked at what goes for its age
 * @param owned closed with the bus, in this order
 */
public record Wiring(
    EventStore events,
    GroupStore groups,
    Timing timing,
    Executor workers,
    ObjectMapper mapper,
    BusListener listener,
    boolean shared,
    String owner,
    int maxEventBytes,
    Duration closeGrace,
    Duration claimLease,
    Duration blockAtMost,
    Duration ackDelay,
    Duration upkeepEvery,
    List<Owned> owned) {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

  /**
   * What a bus is made of, for what the library builds beside it.
   *
   * @throws IllegalArgumentException if the library did not make this bus
   */
  public static Wiring of(EventBus bus) {
    if (bus instanceof Bus known) {
      return known.wiring();
    }
    throw new IllegalArgumentException(
        "a bus of the library is needed, not a "
            + bus.getClass().getName()
            + ": give the one that EventBusBuilder made");
  }

  /** Something that ends with the bus. */
  public interface Owned {
    void close();

    /** What throws when it is closed is logged, so that the rest is closed all the same. */
    static Owned of(AutoCloseable resource) {
      return () -> {
        try {
          resource.close();
        } catch (Exception e) {
          if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
          }
          LOG.warn("{} was not closed as it should be", resource, e);
        }
      };
    }
  }

  /** Whether no call of a store holds its thread up. */
  boolean storesArePrompt() {
    return !events.blocks() && !groups.blocks();
  }

  /** Whether anybody listens, so that what only a listener needs is worth finding out. */
  boolean isHeard() {
    return listener != BusListener.NONE;
  }

  long now() {
    return timing.millis();
  }

  long nanos() {
    return timing.nanos();
  }
}
