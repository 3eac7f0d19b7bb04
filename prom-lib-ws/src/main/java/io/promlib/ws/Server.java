package io.promlib.ws;

import io.promlib.wire.GatewayPeer;
import io.promlib.ws.internal.Threads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketAdapter;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.WebSocketServerFactory;
import org.java_websocket.drafts.Draft;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Java-WebSocket's server, with its sockets, drafts and threads made by us. A connection begins
 * when it is accepted.
 */
final class Server extends WebSocketServer {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int READ_BUFFER = 16 << 10;
  private static final int STOP_MILLIS = 5000;

  private final Shared shared;
  private final Door door;
  private final Admission admission;
  private final Spare spare;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong ids = new AtomicLong();
  private final Flusher flusher;
  private final Thread selector;

  Server(ServerSocketChannel listening, Shared shared, Door door, @Nullable SSLContext tls) {
    super(listening);
    this.shared = shared;
    this.door = door;
    admission = new Admission(shared.limits());
    spare = new Spare(shared.timing());
    flusher = new Flusher(this);
    setReuseAddr(true);
    setTcpNoDelay(true);
    setConnectionLostTimeout(0);
    setDaemon(true);
    for (int i = 0; i < decoders.size(); i++) {
      decoders.get(i).setName("prom-ws-worker-" + (i + 1));
    }
    setWebSocketFactory(new Sockets(tls));
    selector = Threads.daemon(this, "prom-ws-selector");
  }

  @Override
  public void start() {
    selector.start();
  }

  Set<Connection> connections() {
    return connections;
  }

  /** What frames on their way in and out hold of the budgets. */
  long heldBytes() {
    return shared.opening().held() + shared.inbound().held() + shared.queued().get();
  }

  /** Ends all threads and sockets, those that never got through the handshake too. */
  void end() {
    try {
      stop(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    selector.interrupt();
    join(selector);
    decoders.forEach(Thread::interrupt);
    decoders.forEach(Server::join);
    connections.forEach(
        connection -> connection.ending().cut(CloseFrame.GOING_AWAY, "the gateway is closed"));
    flusher.close();
    spare.close();
  }

  private static void join(Thread thread) {
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public ByteBuffer createBuffer() {
    return ByteBuffer.allocate(READ_BUFFER);
  }

  @Override
  public void onStart() {
    Thread.currentThread().setName("prom-ws-selector");
  }

  @Override
  public void onOpen(WebSocket conn, ClientHandshake handshake) {
    Connection connection = conn.getAttachment();
    LimitedDraft draft = (LimitedDraft) conn.getDraft();
    Door.Refusal refusal = draft.refusal();
    if (refusal == null) {
      draft.open(connection);
      connection.onOpen();
    } else {
      connection.ending().endUnopened(refusal.message());
    }
  }

  @Override
  public void onClosing(WebSocket conn, int code, String reason, boolean remote) {
    Connection connection = conn.getAttachment();
    connection.onClosing(code, reason, remote);
  }

  /** The channel tells of its end, also when there was no handshake. */
  @Override
  public void onClose(WebSocket conn, int code, String reason, boolean remote) {}

  @Override
  public void onMessage(WebSocket conn, String message) {
    throw new IllegalStateException("the draft hands messages to the connection itself");
  }

  @Override
  public void onError(@Nullable WebSocket conn, Exception error) {
    LOG.debug("connection failed", error);
  }

  private final class Sockets implements WebSocketServerFactory {
    private final Bundle bundle = new Bundle();
    private final @Nullable SSLContext tls;
    private final @Nullable ExecutorService handshakes;

    Sockets(@Nullable SSLContext tls) {
      this.tls = tls;
      handshakes =
          tls == null ? null : Executors.newFixedThreadPool(2, Threads.numbered("prom-ws-tls-"));
    }

    @Override
    public WebSocketImpl createWebSocket(WebSocketAdapter adapter, Draft draft) {
      return new WebSocketImpl(adapter, draft);
    }

    @Override
    public WebSocketImpl createWebSocket(WebSocketAdapter adapter, List<Draft> drafts) {
      LimitedDraft draft = new LimitedDraft();
      WebSocketImpl socket = new WebSocketImpl(adapter, List.of(draft));
      // The connection takes its place; the socket does not tell its draft before the handshake.
      socket.setAttachment(draft);
      return socket;
    }

    @Override
    public ByteChannel wrapChannel(SocketChannel channel, SelectionKey key) throws IOException {
      if (!spare.leaveRoom()) {
        channel.close();
        throw new IOException("no file descriptor left");
      }
      InetSocketAddress remote = (InetSocketAddress) channel.getRemoteAddress();
      Admission.Verdict verdict = admission.enter(remote.getAddress());
      if (verdict == Admission.Verdict.REFUSE) {
        channel.close();
        throw new IOException("too many connections");
      }
      WebSocketImpl socket = (WebSocketImpl) key.attachment();
      Connection connection =
          new Connection(
              new GatewayPeer(ids.incrementAndGet(), remote, null),
              socket,
              shared,
              flusher,
              verdict,
              gone -> {
                admission.leave(remote.getAddress());
                connections.remove(gone);
              });
      socket.<LimitedDraft>getAttachment().expect(door, connection.inbound());
      socket.setAttachment(connection);
      connections.add(connection);
      connection.begin();
      try {
        return wrap(channel, key, connection);
      } catch (IOException e) {
        channel.close();
        connection.onClosed();
        throw e;
      }
    }

    private ByteChannel wrap(SocketChannel channel, SelectionKey key, Connection connection)
        throws IOException {
      if (tls == null || handshakes == null) {
        WebSocketImpl socket = (WebSocketImpl) key.attachment();
        return new CountedChannel(channel, socket.outQueue, bundle, connection);
      }
      SSLEngine engine = tls.createSSLEngine();
      engine.setUseClientMode(false);
      return new TlsChannel(channel, engine, handshakes, key, connection);
    }

    @Override
    public void close() {
      if (handshakes != null) {
        handshakes.shutdownNow();
      }
    }
  }
}
