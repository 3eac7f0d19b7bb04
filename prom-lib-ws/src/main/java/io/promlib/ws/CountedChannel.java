package io.promlib.ws;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A socket that tells its connection what went through it, and of its end, whichever way that
 * comes.
 */
final class CountedChannel implements ByteChannel {
  /** Told by the selector's thread, and of the end by any. */
  interface Watcher {
    void onRead(int bytes);

    void onWritten(int bytes);

    void onClosed();
  }

  private final SocketChannel socket;
  private final Queue<ByteBuffer> queue;
  private final Bundle bundle;
  private final Watcher watcher;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** For a connection whose frames wait in {@code queue}. */
  CountedChannel(SocketChannel socket, Queue<ByteBuffer> queue, Bundle bundle, Watcher watcher) {
    this.socket = socket;
    this.queue = queue;
    this.bundle = bundle;
    this.watcher = watcher;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int bytes = socket.read(into);
    if (bytes > 0) {
      watcher.onRead(bytes);
    }
    return bytes;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int bytes = bundle.write(from, queue, socket);
    if (bytes > 0) {
      watcher.onWritten(bytes);
    }
    return bytes;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        passOver();
        socket.close();
      } finally {
        watcher.onClosed();
      }
    }
  }

  /**
   * What has arrived and is not read would make the system reset the connection, and the peer lose
   * our last words.
   */
  private void passOver() {
    try {
      socket.shutdownOutput();
      ByteBuffer rest = ByteBuffer.allocate(16 << 10);
      for (int i = 0; i < 64 && socket.read(rest) > 0; i++) {
        rest.clear();
      }
    } catch (IOException gone) {
      // The peer closed first.
    }
  }
}
