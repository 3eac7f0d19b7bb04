package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/**
 * A peer that speaks the protocol over a real socket and can be told to misbehave. Unless a script
 * says otherwise it takes every token, appends each publish once per id, and answers everything
 * with OK.
 */
final class ScriptedGateway implements AutoCloseable {

  /** Tells whether it dealt with the frame itself. */
  @FunctionalInterface
  interface Script {
    boolean take(Connection from, ClientFrame frame);
  }

  /**
   * One connection, as a script sees it. Once dropped it takes nothing more, not even what was read
   * already.
   */
  static final class Connection {
    private final WebSocket socket;
    private volatile boolean dropped;

    Connection(WebSocket socket) {
      this.socket = socket;
    }

    WebSocket socket() {
      return socket;
    }

    void send(ServerFrame frame) {
      raw(new String(new Codec().write(frame), StandardCharsets.UTF_8));
    }

    void raw(String text) {
      try {
        socket.send(text);
      } catch (WebsocketNotConnectedException e) {
        // It has ended meanwhile.
      }
    }

    /** Ends the connection with no goodbye. */
    void drop() {
      dropped = true;
      socket.closeConnection(1006, "");
    }
  }

  private static final int LIMIT_SECONDS = 60;

  private final Server server;
  // Java-WebSocket's server loses write wake-ups; this finds what waits for one.
  private final ScheduledExecutorService nudge =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "scripted-gateway-nudge");
            thread.setDaemon(true);
            return thread;
          });
  private final CountDownLatch started = new CountDownLatch(1);
  private final BlockingQueue<ClientFrame> received = new LinkedBlockingQueue<>();
  private final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final List<ClientFrame.Publish> stored = new CopyOnWriteArrayList<>();
  private volatile Script script = (from, frame) -> false;

  ScriptedGateway() {
    this(0);
  }

  ScriptedGateway(int port) {
    server = new Server(port);
    server.start();
    var unused = nudge.scheduleAtFixedRate(this::wakeWriters, 2, 2, TimeUnit.MILLISECONDS);
    try {
      assertThat(started.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + server.getPort() + "/");
  }

  Server server() {
    return server;
  }

  void script(Script next) {
    script = next;
  }

  /** How many connections there have been. */
  int connections() {
    return connections.size();
  }

  Connection current() {
    return connections.get(connections.size() - 1);
  }

  /** What was appended, in its order. */
  List<ClientFrame.Publish> stored() {
    return List.copyOf(stored);
  }

  /** The next frame of this kind, passing over others. */
  <F extends ClientFrame> F next(Class<F> kind) {
    try {
      for (ClientFrame frame = poll(); frame != null; frame = poll()) {
        if (kind.isInstance(frame)) {
          return kind.cast(frame);
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    throw new AssertionError("no " + kind.getSimpleName() + " came");
  }

  private ClientFrame poll() throws InterruptedException {
    return received.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** How many frames of this kind have come and not been taken out. */
  long received(Class<? extends ClientFrame> kind) {
    return received.stream().filter(kind::isInstance).count();
  }

  /** Takes out the frames that have come and not been asked for. */
  List<ClientFrame> rest() {
    List<ClientFrame> rest = new ArrayList<>();
    received.drainTo(rest);
    return rest;
  }

  /** Appends unless the id is there, and answers. */
  void append(Connection to, ClientFrame.Publish publish) {
    to.send(store(publish));
  }

  synchronized ServerFrame.Ok store(ClientFrame.Publish publish) {
    for (int i = 0; i < stored.size(); i++) {
      if (stored.get(i).options().id().equals(publish.options().id())) {
        return ServerFrame.Ok.published(publish.corr(), publish.options().id(), i + 1, true);
      }
    }
    stored.add(publish);
    return ServerFrame.Ok.published(publish.corr(), publish.options().id(), stored.size(), false);
  }

  /** Delivers an event with this number as payload, under a lease of 30 s. */
  static ServerFrame.Event event(String topic, String group, int number) {
    return event(topic, group, number, 1, 30_000);
  }

  static ServerFrame.Event event(
      String topic, String group, int number, int attempt, long deadline) {
    EventRecord record =
        new EventRecord(
            "e" + number,
            number,
            1,
            1,
            topic,
            Payload.json(Integer.toString(number)),
            EventMeta.NONE);
    return new ServerFrame.Event(
        topic,
        group,
        record,
        ServerFrame.Context.leased(attempt, deadline, "lease-" + number + "-" + attempt));
  }

  private void answer(Connection to, ClientFrame frame) {
    if (script.take(to, frame)) {
      return;
    }
    if (frame instanceof ClientFrame.Publish publish) {
      append(to, publish);
    } else if (frame instanceof ClientFrame.Settlement settled) {
      settle(to, settled);
    } else {
      to.send(ServerFrame.Ok.of(frame.corr()));
    }
  }

  private static void settle(Connection to, ClientFrame.Settlement frame) {
    if (frame instanceof ClientFrame.Ack ack && !ack.confirm()) {
      return;
    }
    to.send(
        frame.target().many()
            ? ServerFrame.Ok.settled(
                frame.corr(), Collections.nCopies(frame.target().ids().size(), AckResult.OK))
            : ServerFrame.Ok.settled(frame.corr(), AckResult.OK));
  }

  private void wakeWriters() {
    for (Connection connection : connections) {
      if (connection.socket.hasBufferedData()) {
        server.onWriteDemand(connection.socket);
      }
    }
  }

  @Override
  public void close() {
    nudge.shutdownNow();
    try {
      server.stop(1000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The socket's side of it. */
  final class Server extends WebSocketServer {
    private final Codec codec = new Codec();

    Server(int port) {
      super(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      setReuseAddr(true);
      setTcpNoDelay(true);
      setDaemon(true);
      setConnectionLostTimeout(0);
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {
      Connection opened = new Connection(socket);
      socket.setAttachment(opened);
      connections.add(opened);
    }

    @Override
    public void onMessage(WebSocket socket, String message) {
      Connection from = socket.getAttachment();
      if (!from.dropped) {
        ClientFrame frame = codec.readClient(message);
        received.add(frame);
        answer(from, frame);
      }
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onError(WebSocket socket, Exception e) {}

    @Override
    public void onStart() {
      started.countDown();
    }
  }
}
