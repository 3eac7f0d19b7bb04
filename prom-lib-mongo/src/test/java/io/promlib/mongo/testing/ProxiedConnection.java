package io.promlib.mongo.testing;

import io.promlib.mongo.testing.TcpProxy.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** One connection through a {@link TcpProxy}: each way a thread that reads and one that writes. */
final class ProxiedConnection {
  /** What was read at once, and when it may go on; empty: the end. */
  private record Chunk(ByteBuffer bytes, long due) {}

  private final Socket client;
  private final Socket server;
  private final Gate gate;
  private final Supplier<Duration> delay;

  ProxiedConnection(Socket client, Socket server, Gate gate, Supplier<Duration> delay)
      throws IOException {
    this.client = client;
    this.server = server;
    this.gate = gate;
    this.delay = delay;
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
  }

  void start() {
    forward(client, server, "up");
    forward(server, client, "down");
  }

  boolean isClosed() {
    return client.isClosed();
  }

  void close() {
    TcpProxy.closeQuietly(client);
    TcpProxy.closeQuietly(server);
  }

  private void forward(Socket from, Socket to, String way) {
    BlockingQueue<Chunk> underway = new LinkedBlockingQueue<>();
    TcpProxy.daemon("proxy-read-" + way, () -> read(from, underway));
    TcpProxy.daemon("proxy-write-" + way, () -> write(to, underway));
  }

  private void read(Socket from, BlockingQueue<Chunk> underway) {
    byte[] buffer = new byte[64 << 10];
    try (InputStream in = from.getInputStream()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        long due = System.nanoTime() + delay.get().toNanos();
        underway.add(new Chunk(ByteBuffer.wrap(Arrays.copyOf(buffer, count)), due));
      }
    } catch (IOException e) {
      // broken, by one end or by the proxy: the other end gets to know
    }
    underway.add(new Chunk(ByteBuffer.allocate(0), 0));
  }

  private void write(Socket to, BlockingQueue<Chunk> underway) {
    try (OutputStream out = to.getOutputStream()) {
      for (Chunk next = underway.take(); next.bytes().hasRemaining(); next = underway.take()) {
        for (long left = next.due() - System.nanoTime(); left > 0; ) {
          LockSupport.parkNanos(left);
          left = next.due() - System.nanoTime();
        }
        gate.pass();
        out.write(next.bytes().array());
        out.flush();
      }
    } catch (IOException e) {
      // as above
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }
}
