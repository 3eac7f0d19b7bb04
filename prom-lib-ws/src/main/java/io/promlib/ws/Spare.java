package io.promlib.ws;

import io.promlib.time.Timing;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** File descriptors kept aside, so that accepting never fails for want of one. */
final class Spare implements AutoCloseable {
  /*
   * When an accept fails, the library closes the listening socket, and nobody gets in until the process is started anew:
   * a peer would only have to open as many connections as the process may have descriptors. So what was accepted with the
   * last one is closed at once, before the next accept. Other parts of the process take descriptors too; the spare ones
   * are let go at that moment, for them, and taken back with the next accept that finds enough. The selector's thread
   * only.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Spare.class);
  private static final int KEPT = 16;
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  private final Timing timing;
  private final Deque<SocketChannel> kept = new ArrayDeque<>();
  private long nextWarning;

  Spare(Timing timing) {
    this.timing = timing;
    nextWarning = timing.nanos();
  }

  /** Whether another connection can be accepted after the one that just was. */
  boolean leaveRoom() {
    try {
      while (kept.size() <= KEPT) {
        kept.push(SocketChannel.open());
      }
      kept.pop().close();
      return true;
    } catch (IOException e) {
      close();
      warn(e);
      return false;
    }
  }

  private void warn(IOException e) {
    long now = timing.nanos();
    if (now - nextWarning >= 0) {
      nextWarning = now + QUIET_NANOS;
      LOG.warn(
          "connections are closed as they come: the process has no file descriptors left ({});"
              + " raise its limit, or lower maxConnections",
          e.getMessage());
    }
  }

  @Override
  public void close() {
    for (SocketChannel one = kept.poll(); one != null; one = kept.poll()) {
      try {
        one.close();
      } catch (IOException e) {
        LOG.debug("a spare socket could not be closed", e);
      }
    }
  }
}
