package io.promlib.ws;

import io.promlib.ws.internal.Threads;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.server.WebSocketServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds writes whose wake-up was lost and asks for them again. Its thread, {@code prom-ws-flush},
 * ends with {@link #close}.
 */
final class Flusher implements AutoCloseable {
  /*
   * WebSocketServer.doWrite empties a connection's queue and then sets OP_READ, over an OP_WRITE that a send on another
   * thread set in between; that frame, or a close waiting for an empty queue, then waits for the next send. So whoever
   * sends marks the connection dirty, after the frame is in the queue, and while any is dirty a tick each millisecond
   * looks at them: what still has data, or a close to finish, and no OP_WRITE, is asked for again, and stays dirty.
   * The tick clears the mark before it looks. A sender that still found the mark set put its frame in the queue before
   * the mark was cleared, so the tick sees it; one that found it cleared puts the connection back on the list. An
   * OP_WRITE that is about to be overwritten while the tick looks is found by the next one, as the data is still there.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Flusher.class);
  private static final long TICK_MICROS = 1000;

  private final WebSocketServer server;
  private final Queue<Mark> dirty = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean ticking = new AtomicBoolean();
  private final ScheduledExecutorService ticks =
      Executors.newSingleThreadScheduledExecutor(Threads.named("prom-ws-flush"));

  Flusher(WebSocketServer server) {
    this.server = server;
  }

  /** What a connection keeps to be marked by. */
  static final class Mark {
    private final WebSocketImpl socket;
    private final AtomicBoolean set = new AtomicBoolean();

    Mark(WebSocketImpl socket) {
      this.socket = socket;
    }
  }

  /** To be called after anything was queued to the connection, or it was asked to close. */
  void mark(Mark mark) {
    if (!mark.set.get() && mark.set.compareAndSet(false, true)) {
      dirty.add(mark);
      arm();
    }
  }

  private void arm() {
    if (ticking.compareAndSet(false, true)) {
      try {
        Future<?> unused = ticks.schedule(this::tick, TICK_MICROS, TimeUnit.MICROSECONDS);
      } catch (RejectedExecutionException closed) {
        // The server's end closes what is left.
      }
    }
  }

  private void tick() {
    ticking.set(false);
    int count = dirty.size();
    for (int i = 0; i < count; i++) {
      Mark mark = dirty.poll();
      if (mark == null) {
        break;
      }
      mark.set.set(false);
      try {
        look(mark);
      } catch (RuntimeException e) {
        LOG.error("a connection could not be looked after", e);
      }
    }
    if (!dirty.isEmpty()) {
      arm();
    }
  }

  private void look(Mark mark) {
    if (isRefused(mark.socket)) {
      mark.socket.closeConnection();
    } else if (isUnfinished(mark.socket)) {
      askAgain(mark.socket);
      mark(mark);
    }
  }

  /**
   * The library leaves a connection open whose handshake it refused: that has no draft to know its
   * role by.
   */
  private static boolean isRefused(WebSocketImpl socket) {
    return socket.getDraft() == null && socket.isFlushAndClose() && !socket.hasBufferedData();
  }

  private static boolean isUnfinished(WebSocketImpl socket) {
    return !socket.isClosed() && (socket.hasBufferedData() || socket.isFlushAndClose());
  }

  private void askAgain(WebSocketImpl socket) {
    try {
      if ((socket.getSelectionKey().interestOps() & SelectionKey.OP_WRITE) == 0) {
        server.onWriteDemand(socket);
      }
    } catch (CancelledKeyException gone) {
      socket.outQueue.clear();
    }
  }

  @Override
  public void close() {
    ticks.shutdownNow();
  }
}
