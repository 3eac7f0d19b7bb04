package io.promlib.examples.export;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Stands before an edge and ends a connection when so many bytes of the answer went through. */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket door;
  private final InetSocketAddress edge;
  private final long bytes;

  CuttingProxy(InetSocketAddress edge, long bytes) throws IOException {
    this.edge = edge;
    this.bytes = bytes;
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("cutting-proxy", this::serve);
  }

  String address() {
    return "http://127.0.0.1:" + door.getLocalPort() + "/";
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (!door.isClosed()) {
      try (Socket client = door.accept();
          Socket server = new Socket(edge.getAddress(), edge.getPort())) {
        start("cutting-proxy-requests", () -> pass(client, server, Long.MAX_VALUE));
        pass(server, client, bytes);
      } catch (IOException e) {
        // The next one, if there is to be one.
      }
    }
  }

  private static void pass(Socket from, Socket to, long most) {
    byte[] piece = new byte[8 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (long left = most; left > 0; ) {
        int read = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          return;
        }
        out.write(piece, 0, read);
        left -= read;
      }
    } catch (IOException e) {
      // One of the two is gone.
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
