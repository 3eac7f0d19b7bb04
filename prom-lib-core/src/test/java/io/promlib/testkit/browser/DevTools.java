package io.promlib.testkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A browser's DevTools connection: commands with their answers, events to who asked for them. */
final class DevTools implements WebSocket.Listener {
  private static final int SECONDS = 60;

  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final Map<String, BiConsumer<String, JsonNode>> sessions = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final StringBuilder part = new StringBuilder();
  private final Object sending = new Object();
  private final WebSocket socket;

  private DevTools(String address) {
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address), this)
            .join();
  }

  static DevTools connect(String address) {
    return new DevTools(address);
  }

  /** From now on the events of a session go to the listener, on the connection's thread. */
  void listen(String session, BiConsumer<String, JsonNode> listener) {
    sessions.put(session, listener);
  }

  void forget(String session) {
    sessions.remove(session);
  }

  /** Sends a command (to the browser itself if there is no session) and waits for its answer. */
  JsonNode call(@Nullable String session, String method, ObjectNode params) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    ObjectNode command = object().put("id", id).put("method", method);
    if (session != null) {
      command.put("sessionId", session);
    }
    command.set("params", params);
    try {
      synchronized (sending) {
        socket.sendText(command.toString(), true).get(SECONDS, TimeUnit.SECONDS);
      }
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(method + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer to " + method + " in " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      waiting.remove(id);
    }
  }

  static ObjectNode object() {
    return Json.mapper().createObjectNode();
  }

  void close() {
    socket.abort();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
    part.append(text);
    if (last) {
      String message = part.toString();
      part.setLength(0);
      received(message);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end(new IOException("the browser closed the connection: " + code + " " + reason));
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end(error);
  }

  private void end(Throwable why) {
    waiting.values().forEach(answer -> answer.completeExceptionally(why));
  }

  private void received(String json) {
    JsonNode message;
    try {
      message = Json.mapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (message.has("id")) {
      CompletableFuture<JsonNode> answer = waiting.get(message.path("id").asInt());
      if (answer != null && message.has("error")) {
        answer.completeExceptionally(new IOException(message.path("error").toString()));
      } else if (answer != null) {
        answer.complete(message.path("result"));
      }
      return;
    }
    BiConsumer<String, JsonNode> listener = sessions.get(message.path("sessionId").asText());
    if (listener != null) {
      listener.accept(message.path("method").asText(), message.path("params"));
    }
  }
}
