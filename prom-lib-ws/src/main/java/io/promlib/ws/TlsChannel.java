package io.promlib.ws;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.java_websocket.SSLSocketChannel2;

/** What {@link CountedChannel} is, over TLS; it counts the bytes inside. */
final class TlsChannel extends SSLSocketChannel2 {
  /*
   * What fails while the library reads on, it charges to whichever connection it looked at last, be that the listening
   * socket; so a failure is told as the end of this one. What the socket did not take of an encrypted frame, it forgets
   * when no frame is behind it, or encrypts again; so a frame keeps its last byte until all of it is out.
   */
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final CountedChannel.Watcher watcher;
  private final AtomicBoolean closed = new AtomicBoolean();
  private boolean lastByteIsOwed;

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

  /**
   * What a peer makes fail ends its connection; past here it would end the whole server. With
   * assertions on, the library asserts what a peer can break.
   */
  private static int orBroken(Transfer transfer) throws IOException {
    try {
      return transfer.run();
    } catch (RuntimeException | AssertionError e) {
      throw new IOException("TLS failed", e);
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return counted(orBroken(() -> super.read(into)));
  }

  @Override
  public int readMore(ByteBuffer into) {
    try {
      return counted(orBroken(() -> super.readMore(into)));
    } catch (IOException e) {
      return -1;
    }
  }

  private int counted(int read) {
    if (read > 0) {
      watcher.onRead(read);
    }
    return read;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int before = from.remaining();
    orBroken(() -> push(from));
    int bytes = before - from.remaining();
    watcher.onWritten(bytes);
    return bytes;
  }

  @Override
  public void writeMore() throws IOException {
    orBroken(() -> push(NOTHING));
  }

  private synchronized int push(ByteBuffer from) throws IOException {
    HandshakeStatus status = sslEngine.getHandshakeStatus();
    if (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      return super.write(from);
    }
    int bytes = outCrypt.hasRemaining() ? socketChannel.write(outCrypt) : 0;
    if (outCrypt.hasRemaining() || !from.hasRemaining()) {
      return bytes;
    }
    if (lastByteIsOwed) {
      lastByteIsOwed = false;
      from.position(from.limit());
      return bytes;
    }
    bytes += super.write(from);
    if (outCrypt.hasRemaining() && !from.hasRemaining()) {
      lastByteIsOwed = true;
      from.position(from.limit() - 1);
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        orBroken(
            () -> {
              super.close();
              return 0;
            });
      } finally {
        socketChannel.close();
        watcher.onClosed();
      }
    }
  }
}
