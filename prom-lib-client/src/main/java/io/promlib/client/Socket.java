package io.promlib.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.java_websocket.framing.Framedata;
import org.java_websocket.framing.TextFrame;
import org.java_websocket.handshake.ServerHandshake;
import org.jspecify.annotations.Nullable;

/** One WebSocket connection, from its making to its end; it is never used for a second one. */
final class Socket {

  /** Hears of a connection, on its read thread. After {@code onEnd} nothing more comes. */
  interface Events {
    void onOpen(Socket socket);

    void onText(Socket socket, String text);

    /** Something came, if only a ping. */
    void onSign(Socket socket);

    /** More waits to be written than what came since could ask for: the peer does not read. */
    void onChoked(Socket socket);

    void onEnd(Socket socket, Ending ending);
  }

  /*
   * Java-WebSocket keeps the raw socket to itself. The factory here remembers it, so that abort() ends a connection in every
   * state: close() does nothing before the upgrade is done, and waits for the peer after. It also starts its write thread
   * itself, from the thread that runs run(), which is ours: so both are in one group, where Threads finds them.
   */
  // Acks and pongs, which are as many as the peer likes.
  private static final int MOST_ANSWERS_QUEUED = 65_536;

  private final ThreadGroup threads;
  private final Events events;
  private final Client client;
  private final int mostQueued;
  private volatile java.net.@Nullable Socket raw;
  private volatile boolean aborted;
  private volatile @Nullable Exception error;

  /** The connection's threads are made in this group. */
  Socket(ThreadGroup threads, ClientSettings settings, Events events) {
    this.threads = threads;
    this.events = events;
    this.mostQueued = settings.maxPublishes() + MOST_ANSWERS_QUEUED;
    this.client =
        new Client(
            settings.gateway(),
            settings.maxFrameBytes(),
            (int) settings.requestTimeout().toMillis());
    boolean secure = "wss".equals(settings.gateway().getScheme());
    client.setSocketFactory(
        new Remembering(secure ? secureFactory(settings.tls()) : SocketFactory.getDefault()));
    client.setTcpNoDelay(true);
    client.setDaemon(true);
    // Silence is watched by the client's own clock.
    client.setConnectionLostTimeout(0);
  }

  private static SocketFactory secureFactory(@Nullable SSLContext tls) {
    return tls == null ? SSLSocketFactory.getDefault() : tls.getSocketFactory();
  }

  void open() {
    Thread reader = new Thread(threads, client, "prom-client-read");
    reader.setDaemon(true);
    reader.start();
  }

  /** Queues a text frame; never blocks. Tells whether the connection was open. */
  boolean send(byte[] utf8) {
    TextFrame frame = new TextFrame();
    frame.setPayload(ByteBuffer.wrap(utf8));
    frame.setTransferemasked(true);
    try {
      client.sendFrame(frame);
      return true;
    } catch (WebsocketNotConnectedException e) {
      return false;
    }
  }

  void ping() {
    try {
      client.sendPing();
    } catch (WebsocketNotConnectedException e) {
      // Its end is being told already.
    }
  }

  /** Says goodbye and waits for the peer to; {@link #abort()} ends the wait. */
  void close() {
    client.close();
  }

  /** Ends the connection at once, whatever it was doing. */
  void abort() {
    aborted = true;
    java.net.Socket open = raw;
    if (open == null) {
      return;
    }
    try {
      // Else closing TLS waits without end for a write that the peer does not read.
      open.setSoLinger(true, 1);
    } catch (IOException e) {
      // Closed already.
    }
    try {
      open.close();
    } catch (IOException e) {
      // As good as closed.
    }
  }

  private final class Client extends WebSocketClient {
    Client(URI uri, int maxFrame, int connectMillis) {
      super(uri, new BoundedDraft(maxFrame), null, connectMillis);
    }

    /**
     * Shakes hands here: left to the first read and write, the one that fails second would hide
     * why.
     */
    @Override
    protected void onSetSSLParameters(SSLParameters parameters) {
      super.onSetSSLParameters(parameters);
      if (raw instanceof SSLSocket secured) {
        secured.setSSLParameters(parameters);
        try {
          secured.startHandshake();
        } catch (IOException e) {
          throw new UncheckedIOException(
              "TLS with " + uri.getHost() + " failed: " + e.getMessage(), e);
        }
      }
    }

    @Override
    public void onOpen(ServerHandshake handshake) {
      events.onOpen(Socket.this);
    }

    @Override
    public void onMessage(String message) {
      checkQueue();
      events.onText(Socket.this, message);
    }

    @Override
    public void onWebsocketPing(WebSocket connection, Framedata ping) {
      checkQueue();
      super.onWebsocketPing(connection, ping);
      events.onSign(Socket.this);
    }

    @Override
    public void onWebsocketPong(WebSocket connection, Framedata pong) {
      events.onSign(Socket.this);
    }

    @Override
    public void onClose(int code, String reason, boolean remote) {
      events.onEnd(Socket.this, new Ending(code, reason == null ? "" : reason, remote, error));
    }

    private void checkQueue() {
      if (getConnection() instanceof WebSocketImpl wire && wire.outQueue.size() > mostQueued) {
        events.onChoked(Socket.this);
      }
    }

    @Override
    public void onError(Exception e) {
      error = e;
    }
  }

  /** Makes sockets and remembers the one it made. */
  private final class Remembering extends SocketFactory {
    private final SocketFactory maker;

    Remembering(SocketFactory maker) {
      this.maker = maker;
    }

    @Override
    public java.net.Socket createSocket() throws IOException {
      java.net.Socket made = maker.createSocket();
      raw = made;
      if (aborted) {
        made.close();
      }
      return made;
    }

    @Override
    public java.net.Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException("sockets are connected after they are made");
    }

    @Override
    public java.net.Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("sockets are connected after they are made");
    }

    @Override
    public java.net.Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException("sockets are connected after they are made");
    }

    @Override
    public java.net.Socket createSocket(
        InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("sockets are connected after they are made");
    }
  }
}
