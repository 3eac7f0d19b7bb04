package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import io.promlib.testkit.ManualClock;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A client of the JDK's own, which shares no code with the gateway. */
final class Peer implements AutoCloseable {
  static final long LIMIT_SECONDS = 60;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder text = new StringBuilder();
  private final WebSocket socket;
  private final AtomicInteger corrs = new AtomicInteger();
  private volatile boolean reading = true;

  private Peer(InetSocketAddress address, String path, @Nullable String origin) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    if (origin != null) {
      builder.header("Origin", origin);
    }
    URI uri = URI.create("ws://127.0.0.1:" + address.getPort() + path);
    socket =
        builder.buildAsync(uri, new Listener()).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  static Peer connect(InetSocketAddress address) {
    return new Peer(address, "/", null);
  }

  static Peer connect(InetSocketAddress address, String path) {
    return new Peer(address, path, null);
  }

  static Peer fromPage(InetSocketAddress address, String origin) {
    return new Peer(address, "/", origin);
  }

  /** Connects and authenticates. */
  static Peer login(InetSocketAddress address) {
    Peer peer = connect(address);
    peer.send("{'op':'AUTH','token':'" + Fixture.TOKEN + "'}");
    assertThat(peer.next().path("op").asText()).isEqualTo("OK");
    return peer;
  }

  /** Sends a frame; single quotes stand for double ones. */
  Peer send(String frame) {
    return sendExactly(frame.replace('\'', '"'));
  }

  Peer sendExactly(String frame) {
    socket.sendText(frame, true).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    return this;
  }

  Peer sendInParts(List<String> parts) {
    for (int i = 0; i < parts.size(); i++) {
      socket
          .sendText(parts.get(i), i == parts.size() - 1)
          .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
          .join();
    }
    return this;
  }

  Peer sendBinary() {
    socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true).join();
    return this;
  }

  /** Stops asking the socket for more. */
  void stopReading() {
    reading = false;
  }

  void readOn() {
    reading = true;
    socket.request(1);
  }

  String nextText() {
    try {
      String frame = received.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(frame).as("a frame within " + LIMIT_SECONDS + " s").isNotNull();
      return frame;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode next() {
    try {
      return Json.mapper().readTree(nextText());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** The next frame with this op; those before it are passed over. */
  JsonNode next(String op) {
    while (true) {
      JsonNode frame = next();
      if (frame.path("op").asText().equals(op)) {
        return frame;
      }
    }
  }

  List<JsonNode> next(String op, int count) {
    List<JsonNode> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(next(op));
    }
    return frames;
  }

  /** Sends a frame and takes the next one as its answer. */
  JsonNode ask(String frame) {
    send(frame);
    return next();
  }

  /**
   * Sends a frame under a corr of its own and takes the frame that repeats it; those before it are
   * passed over.
   */
  JsonNode answerTo(String frame) {
    String corr = "corr-" + corrs.incrementAndGet();
    send(frame.substring(0, frame.length() - 1) + ",'corr':'" + corr + "'}");
    while (true) {
      JsonNode answer = next();
      if (answer.path("corr").asText().equals(corr)) {
        return answer;
      }
    }
  }

  /** The code that {@code frame} is refused with. */
  String refusal(String frame) {
    JsonNode answer = ask(frame);
    assertThat(answer.path("op").asText()).as(answer.toString()).isEqualTo("ERR");
    return answer.path("code").asText();
  }

  void hearsNothingFor(Duration time) {
    try {
      assertThat(received.poll(time.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Turns the clock, a second at a time, until something comes. */
  void hearsWhile(ManualClock clock) {
    Awaitility.await()
        .until(
            () -> {
              clock.advance(Duration.ofSeconds(1));
              return heard() > 0;
            });
  }

  int heard() {
    return received.size();
  }

  /** The code that the gateway closes with; 1006 for none. */
  int closeCode() {
    return closed.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  boolean isClosed() {
    return closed.isDone();
  }

  @Override
  public void close() {
    leave();
  }

  /** Closes in the orderly way. */
  void leave() {
    if (!socket.isOutputClosed()) {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").exceptionally(gone -> socket).join();
      closed.completeOnTimeout(1006, LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }
    socket.abort();
  }

  /** Breaks the connection as a crash does. */
  void crash() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        received.add(text.toString());
        text.setLength(0);
      }
      if (reading) {
        from.request(1);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(1006);
    }
  }
}
