package io.promlib.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.Identity;
import io.promlib.bus.EventBus;
import io.promlib.replay.Replay;
import io.promlib.replay.Replayed;
import io.promlib.time.Timing;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /export}: a stretch of a topic of any length, as a stream. */
final class ExportHandler {
  /*
   * The answer is chunked and its length is not known, so a client tells a complete one by its END line, or by the end of
   * its array. When it cannot be completed the connection is cut: a last chunk would say that all is there.
   */
  private static final Logger LOG = LoggerFactory.getLogger(ExportHandler.class);
  private static final int COMPRESSED_AT_ONCE = 16 << 10;
  private static final int LOOK_AT_TOKEN_EVERY = 256;

  private final EventBus bus;
  private final ReadAccess access;
  private final Exchanges exchanges;
  private final HttpLimits limits;
  private final Timing timing;

  ExportHandler(
      EventBus bus, ReadAccess access, Exchanges exchanges, HttpLimits limits, Timing timing) {
    this.bus = bus;
    this.access = access;
    this.exchanges = exchanges;
    this.limits = limits;
    this.timing = timing;
  }

  void handle(HttpExchange exchange, Body body, String address) throws IOException, HttpError {
    Identity identity = access.identify(exchange, body, address);
    Query query = Query.of(exchange.getRequestURI().getRawQuery(), ExportRequest.FIELDS);
    String topic = ReadAccess.topic(query.text("topic"), identity);
    ExportRequest request = ExportRequest.of(query, exchange.getRequestHeaders());
    access.inPlace(
        address,
        () -> {
          ExportGaps gaps = new ExportGaps();
          Replay<JsonNode> replay = request.open(bus, topic, gaps);
          begin(exchange, request, replay);
          Exchanges.Stream stream = exchanges.stream(limits.stallTime());
          try {
            send(exchange, request, replay, gaps, identity, stream);
          } catch (IOException e) {
            stream.cut();
            throw e;
          } catch (RuntimeException e) {
            LOG.warn("an export of {} stopped at seq {}", topic, replay.position(), e);
            stream.cut();
          }
        });
  }

  private static void begin(HttpExchange exchange, ExportRequest request, Replay<JsonNode> replay)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", request.lines() ? "application/x-ndjson" : "application/json");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    headers.add("Vary", "Accept-Encoding");
    headers.set("X-Export-From-Seq", Long.toString(replay.position()));
    headers.set("X-Export-To-Seq", Long.toString(replay.end()));
    if (request.gzip()) {
      headers.set("Content-Encoding", "gzip");
    }
    exchange.sendResponseHeaders(200, 0);
  }

  private void send(
      HttpExchange exchange,
      ExportRequest request,
      Replay<JsonNode> replay,
      ExportGaps gaps,
      Identity identity,
      Exchanges.Stream stream)
      throws IOException {
    OutputStream peer = new PatientOutput(exchange.getResponseBody(), stream);
    OutputStream out = request.gzip() ? new GZIPOutputStream(peer, COMPRESSED_AT_ONCE) : peer;
    ExportWriter writer = new ExportWriter(out, request.lines());
    for (Replayed<JsonNode> event : replay) {
      gaps.writeTo(writer);
      writer.write(event.record());
      if (writer.count() % LOOK_AT_TOKEN_EVERY == 0) {
        requireGood(identity);
      }
    }
    gaps.writeTo(writer);
    writer.end(replay.lost());
    out.close();
  }

  private void requireGood(Identity identity) throws IOException {
    if (identity.isExpired(timing.wall().instant())) {
      throw new IOException("the token expired");
    }
  }
}
