package io.promlib.ws;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.WebSocketImpl;

/**
 * The one way by which frames go to a connection. It counts what is queued and tells when that is
 * too much.
 */
final class Outbox {
  /*
   * Frames are put into the library's queue ready made: its own send would copy them once more and make a string of each
   * small one for a log that is off. Bytes are added here before they are queued and taken off by the selector's thread
   * when the socket took them. The handshake's answer is taken off too without having been added, so the count may be a
   * few hundred bytes low, never high.
   */
  private static final long OVER_BUDGET = 16 << 10;
  private static final int TEXT = 0x81;
  private static final int PING = 0x89;
  private static final int PONG = 0x8a;

  /** Asked to act on the sender's thread or the selector's. */
  interface Gauge {
    /** Too much is queued: let nothing more be delivered. */
    void onCrowded();

    /** There is room again. */
    void onRoomy();
  }

  private final WebSocketImpl socket;
  private final Flusher flusher;
  private final Flusher.Mark mark;
  private final Gauge gauge;
  private final long crowdedAt;
  private final AtomicLong total;
  private final long budget;
  private final AtomicLong queued = new AtomicLong();
  private final AtomicBoolean crowded = new AtomicBoolean();
  private final AtomicLong written = new AtomicLong();
  private volatile boolean closed;

  Outbox(
      WebSocketImpl socket, Flusher flusher, Gauge gauge, GatewayLimits limits, AtomicLong total) {
    this.socket = socket;
    this.flusher = flusher;
    this.mark = new Flusher.Mark(socket);
    this.gauge = gauge;
    this.crowdedAt = Math.max(1, limits.maxQueuedBytes() / 4);
    this.total = total;
    this.budget = limits.outboundBudget();
  }

  /** Queues a text frame; drops it if the connection is closing. Never blocks. */
  void text(byte[] utf8) {
    enqueue(frame(TEXT, utf8));
  }

  void ping() {
    enqueue(frame(PING, new byte[0]));
  }

  void pong(byte[] data) {
    enqueue(frame(PONG, data));
  }

  private void enqueue(ByteBuffer frame) {
    if (!socket.isOpen()) {
      return;
    }
    int bytes = frame.remaining();
    long now = queued.addAndGet(bytes);
    long all = total.addAndGet(bytes);
    socket.outQueue.add(frame);
    socket.getWebSocketListener().onWriteDemand(socket);
    flusher.mark(mark);
    if (now > (all > budget ? Math.min(crowdedAt, OVER_BUDGET) : crowdedAt)) {
      if (crowded.compareAndSet(false, true)) {
        gauge.onCrowded();
        // All of it may have gone before the mark was set, and then no write would take the mark
        // back.
        easeIf(queued.get());
      }
    }
    if (closed) {
      settle();
    }
  }

  /** To be called when the library was asked to close: that writes too. */
  void demand() {
    flusher.mark(mark);
  }

  /** The selector's thread wrote so much. */
  void onWritten(int bytes) {
    written.addAndGet(bytes);
    long before = queued.getAndUpdate(was -> Math.max(0, was - bytes));
    long left = Math.max(0, before - bytes);
    total.addAndGet(left - before);
    easeIf(left);
  }

  private void easeIf(long left) {
    boolean roomy =
        left <= Math.min(crowdedAt / 2, total.get() > budget ? OVER_BUDGET / 2 : Long.MAX_VALUE);
    if (roomy && crowded.get() && crowded.compareAndSet(true, false)) {
      gauge.onRoomy();
    }
  }

  /** How many bytes the socket took since it was opened. */
  long written() {
    return written.get();
  }

  long queued() {
    return queued.get();
  }

  boolean isCrowded() {
    return crowded.get();
  }

  /**
   * Whether a frame of so many bytes is to go before more is put into it: all connections together
   * have more queued than they may.
   */
  boolean isEnough(int bytes) {
    return bytes >= OVER_BUDGET && total.get() > budget;
  }

  /** The socket is gone, and what was queued with it. */
  void close() {
    closed = true;
    settle();
  }

  private void settle() {
    total.addAndGet(-queued.getAndSet(0));
    socket.outQueue.clear();
  }

  private static ByteBuffer frame(int head, byte[] body) {
    int length = body.length;
    ByteBuffer frame = ByteBuffer.allocate(length + (length < 126 ? 2 : length < 65536 ? 4 : 10));
    frame.put((byte) head);
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 65536) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    return frame.put(body).flip();
  }
}
