package io.promlib.examples.process;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a heartbeat of every process of this machine, again and again, until closed. Its thread
 * is the daemon {@code process-sampler}.
 */
public final class Sampler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sampler.class);

  private final EventBus bus;
  private final ProcessReader reader;
  private final String host;
  private final ScheduledExecutorService thread;

  private Sampler(EventBus bus, ProcessReader reader, String host) {
    this.bus = bus;
    this.reader = reader;
    this.host = host;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread made = new Thread(task, "process-sampler");
              made.setDaemon(true);
              return made;
            });
  }

  /** Samples the processes of this machine, the first time at once. */
  public static Sampler start(EventBus bus, Duration every) {
    Sampler sampler = new Sampler(bus, ProcessReader.ofThisMachine(), hostName());
    long millis = every.toMillis();
    // The first reading only gives the next one something to compare with.
    sampler.thread.execute(sampler::beat);
    // What goes wrong in a beat is logged there; the future never completes otherwise.
    Future<?> unused =
        sampler.thread.scheduleAtFixedRate(
            sampler::beat, Math.min(500, millis), millis, TimeUnit.MILLISECONDS);
    return sampler;
  }

  private void beat() {
    try {
      List<Message<Heartbeat>> beats = new ArrayList<>();
      for (Reading one : reader.read()) {
        try {
          beats.add(Message.of(heartbeat(one)));
        } catch (IllegalArgumentException unnameable) {
          log.debug("no heartbeat of process {}: {}", one.pid(), unnameable.toString());
        }
      }
      if (!beats.isEmpty()) {
        bus.publishAll(Topics.HEARTBEAT_RECEIVED, beats);
      }
    } catch (BusClosedException closed) {
      thread.shutdown();
    } catch (IOException | RuntimeException e) {
      log.warn("no heartbeats this time: {}", e.toString());
    }
  }

  private Heartbeat heartbeat(Reading one) {
    return new Heartbeat(
        one.pid(), one.name(), host, tenth(one.cpuPct()), tenth(one.memMb()), null);
  }

  private static double tenth(double figure) {
    return Math.round(figure * 10) / 10.0;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unnamed) {
      return "localhost";
    }
  }

  /** Ends the sampling, and waits for a publish that is under way. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
