package io.promlib.examples.bench.ws;

import io.promlib.bus.AckResult;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/**
 * Java-WebSocket with ready frames: it sends them within the window that SUBSCRIBE asks for, parses
 * and answers acks, and gives each PUBLISH to all other connections.
 */
final class BareServer extends WebSocketServer {
  private final Codec codec = new Codec();
  private final List<String> frames;
  private final String tail = Sent.tail();
  private final int perFrame;
  private final CountDownLatch started = new CountDownLatch(1);

  /** Finds frames whose wake-up the library lost; without it, round trips stall. */
  private final ScheduledExecutorService nudge =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "nudge");
            thread.setDaemon(true);
            return thread;
          });

  /** What a connection was sent and has acked. */
  private static final class Progress {
    private int next;
    private int room;
    private boolean quiet;
  }

  BareServer(int batch) {
    super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    frames = Sent.frames(batch);
    perFrame = Math.max(1, batch);
    setTcpNoDelay(true);
    setConnectionLostTimeout(0);
    setMaxPendingConnections(1000);
  }

  int begin() throws InterruptedException {
    start();
    started.await();
    var unused = nudge.scheduleAtFixedRate(this::wakeWriters, 1, 1, TimeUnit.MILLISECONDS);
    return getPort();
  }

  private void wakeWriters() {
    for (WebSocket connection : getConnections()) {
      if (connection.hasBufferedData() && connection instanceof WebSocketImpl socket) {
        onWriteDemand(socket);
      }
    }
  }

  @Override
  public void onStart() {
    started.countDown();
  }

  @Override
  public void onMessage(WebSocket from, String text) {
    ClientFrame frame = codec.readClient(text);
    if (frame instanceof ClientFrame.Subscribe subscribe) {
      Progress progress = new Progress();
      Integer window = subscribe.opts().maxInFlight();
      progress.room = window == null ? 0 : window;
      progress.quiet = subscribe.opts().quiet();
      from.setAttachment(progress);
      from.send(answer(ServerFrame.Ok.of(frame.corr())));
      sendOn(from, progress);
    } else if (frame instanceof ClientFrame.Ack ack) {
      Progress progress = from.getAttachment();
      progress.room += ack.target().ids().size();
      if (!progress.quiet) {
        from.send(answer(ServerFrame.Ok.settled(ack.corr(), AckResult.OK)));
      }
      sendOn(from, progress);
    } else if (frame instanceof ClientFrame.Publish) {
      broadcast(tail);
    } else {
      from.send(answer(ServerFrame.Ok.of(frame.corr())));
    }
  }

  private void sendOn(WebSocket to, Progress progress) {
    while (progress.room >= perFrame && progress.next < frames.size()) {
      progress.room -= perFrame;
      to.send(frames.get(progress.next++));
    }
  }

  private String answer(ServerFrame frame) {
    return new String(codec.write(frame), StandardCharsets.UTF_8);
  }

  @Override
  public void onOpen(WebSocket connection, ClientHandshake handshake) {}

  @Override
  public void onClose(WebSocket connection, int code, String reason, boolean remote) {}

  @Override
  public void onError(WebSocket connection, Exception e) {
    throw new IllegalStateException("the bare server failed", e);
  }
}
