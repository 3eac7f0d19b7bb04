package io.promlib.mongo.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server, both on this machine, and makes the network bad at a test's
 * word: {@link #delay} slows it down, {@link #cut} is a server that died, {@link #freeze} one that
 * does not answer. It listens on a free port of the loopback address, and keeps it while it is cut,
 * but for the moments in which it lets go of one socket to bind another.
 *
 * <p>A member of a replica set tells its clients where the set really is, and they would go round
 * the proxy: give them {@code directConnection=true}.
 *
 * <p>Threads: {@code proxy-accept}, and four for each connection, all daemons; {@link #close} ends
 * them. Safe for use by many threads.
 */
public final class TcpProxy implements AutoCloseable {
  private final InetSocketAddress target;
  private final int port;
  private final Gate gate = new Gate();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile Duration delay = Duration.ZERO;
  private @Nullable ServerSocket listening;
  private @Nullable Socket keeper;
  private @Nullable Thread accepting;
  private boolean closed;

  private TcpProxy(InetSocketAddress target) throws IOException {
    this.target = target;
    ServerSocket first = listen(0);
    this.port = first.getLocalPort();
    accept(first);
  }

  /** A proxy that forwards to a port of this machine. */
  public static TcpProxy to(int port) {
    try {
      return new TcpProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where clients connect to, at 127.0.0.1; stays the same through {@link #cut}. */
  public int port() {
    return port;
  }

  /** The port that it forwards to. */
  public int targetPort() {
    return target.getPort();
  }

  /**
   * Everything takes so much longer on its way, each way; how much fits through stays the same.
   * Holds for what comes from now on.
   */
  public void delay(Duration eachWay) {
    delay = eachWay;
  }

  /** Breaks every connection and refuses others until {@link #restore}. */
  public void cut() {
    Thread taking;
    synchronized (this) {
      if (listening != null) {
        closeQuietly(listening);
        listening = null;
      }
      taking = accepting;
      breakConnections();
    }
    ended(taking);
    keepPort();
  }

  /* A bound port that is not listened on refuses whoever connects, and is given to nobody who asks for any. */
  private synchronized void keepPort() {
    if (listening == null && keeper == null && !closed) {
      Socket bound = new Socket();
      try {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        keeper = bound;
      } catch (IOException e) {
        closeQuietly(bound);
        throw new UncheckedIOException(e);
      }
    }
  }

  private void leavePort() {
    if (keeper != null) {
      closeQuietly(keeper);
      keeper = null;
    }
  }

  /* A socket that a thread still accepts on takes connections until that thread has noticed. */
  private static void ended(@Nullable Thread thread) {
    try {
      if (thread != null) {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Breaks every connection; the next may come at once. */
  public void breakConnections() {
    connections.forEach(ProxiedConnection::close);
    connections.clear();
  }

  /** Takes connections again after {@link #cut}. */
  public synchronized void restore() {
    if (listening == null && !closed) {
      leavePort();
      try {
        accept(listen(port));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Nothing gets through, and no connection ends, until {@link #thaw}. */
  public void freeze() {
    gate.shut();
  }

  /** What was held back by {@link #freeze} gets through. */
  public void thaw() {
    gate.open();
  }

  /** How many connections are open. */
  public int connections() {
    connections.removeIf(ProxiedConnection::isClosed);
    return connections.size();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      leavePort();
    }
    cut();
    gate.open();
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket made = new ServerSocket();
    made.setReuseAddress(true);
    made.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return made;
  }

  private synchronized void accept(ServerSocket socket) {
    listening = socket;
    accepting = daemon("proxy-accept", () -> acceptAll(socket));
  }

  private void acceptAll(ServerSocket socket) {
    while (!socket.isClosed()) {
      Socket client = null;
      try {
        client = socket.accept();
        Socket server = new Socket();
        server.connect(target);
        add(socket, new ProxiedConnection(client, server, gate, () -> delay));
      } catch (IOException e) {
        if (client != null) {
          closeQuietly(client);
        }
      }
    }
  }

  /* Under the lock, so that none slips in behind a cut. */
  private synchronized void add(ServerSocket from, ProxiedConnection made) {
    if (listening == from) {
      connections.add(made);
      made.start();
    } else {
      made.close();
    }
  }

  static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // it is closed as far as anybody can tell
    }
  }

  /** Holds back whoever passes while it is shut. */
  static final class Gate {
    private boolean shut;

    synchronized void shut() {
      shut = true;
    }

    synchronized void open() {
      shut = false;
      notifyAll();
    }

    synchronized void pass() throws InterruptedException {
      while (shut) {
        wait();
      }
    }
  }
}
