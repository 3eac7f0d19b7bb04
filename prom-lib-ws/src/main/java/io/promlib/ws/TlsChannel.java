package io.promlib.ws;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import org.java_websocket.SSLSocketChannel2;

/** What {@link CountedChannel} is, over TLS; it counts the bytes inside. */
final class TlsChannel extends SSLSocketChannel2 {
  private final CountedChannel.Watcher watcher;
  private final AtomicBoolean closed = new AtomicBoolean();

  TlsChannel(
      SocketChannel socket,
      SSLEngine engine,
      ExecutorService work,
      SelectionKey key,
      CountedChannel.Watcher watcher)
      throws IOException {
    super(socket, engine, work, key);
    this.watcher = watcher;
  }

  private interface Transfer {
    int run() throws IOException;
  }

  /** What a peer makes fail ends its connection; past here it would end the whole server. */
  private static int orBroken(Transfer transfer) throws IOException {
    try {
      return transfer.run();
    } catch (RuntimeException e) {
      throw new IOException("TLS failed", e);
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int bytes = orBroken(() -> super.read(into));
    if (bytes > 0) {
      watcher.onRead(bytes);
    }
    return bytes;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int before = from.remaining();
    int bytes = orBroken(() -> super.write(from));
    watcher.onWritten(before - from.remaining());
    return bytes;
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        super.close();
      } finally {
        socketChannel.close();
        watcher.onClosed();
      }
    }
  }
}
