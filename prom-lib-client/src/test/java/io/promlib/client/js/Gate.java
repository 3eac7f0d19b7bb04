package io.promlib.client.js;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;

/** Stands before a gateway, at one port whatever the gateway's is, and can be a bad network. */
final class Gate implements AutoCloseable {
  private final ServerSocket door;
  private final IntSupplier behind;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  // Of the connections from one cut to the next.
  private volatile AtomicBoolean mute = new AtomicBoolean();

  Gate(IntSupplier behind) {
    this.behind = behind;
    try {
      door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    begin(this::serve);
  }

  int port() {
    return door.getLocalPort();
  }

  /** From now on nothing that the gateway says comes through, until the next cut. */
  void mute() {
    mute.set(true);
  }

  /** Ends every connection without a word. */
  void cut() {
    // First, so that whoever comes meanwhile is heard or cut.
    mute = new AtomicBoolean();
    open.removeIf(
        socket -> {
          reset(socket);
          return true;
        });
  }

  private static void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Gone already.
    }
  }

  private static void begin(Runnable task) {
    Thread thread = new Thread(task, "gate");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        open.add(client);
        AtomicBoolean its = mute;
        begin(() -> join(client, its));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void join(Socket client, AtomicBoolean muted) {
    try (client;
        Socket gateway = new Socket(InetAddress.getLoopbackAddress(), behind.getAsInt())) {
      open.add(gateway);
      begin(() -> pass(client, gateway, new AtomicBoolean()));
      pass(gateway, client, muted);
      open.remove(gateway);
    } catch (IOException e) {
      // Nobody is behind the gate.
    }
    open.remove(client);
  }

  private static void pass(Socket from, Socket to, AtomicBoolean muted) {
    byte[] piece = new byte[8 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        if (!muted.get()) {
          out.write(piece, 0, read);
        }
      }
      to.close();
    } catch (IOException e) {
      reset(to);
    }
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }
}
