package io.promlib.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.Action;
import io.promlib.acl.Identity;
import io.promlib.bus.EventBus;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.LimitException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.Message;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.time.Timing;
import io.promlib.ws.internal.InboundBudget;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /publish/{topic}}: one event, or a batch of lines of which all are published or none.
 */
final class PublishHandler {
  private static final Logger LOG = LoggerFactory.getLogger(PublishHandler.class);
  private static final String FAILED = "publish_failed";
  private static final long AGAIN_MILLIS = 1000;

  private final EventBus bus;
  private final Gatekeeper gatekeeper;
  private final HttpLimits limits;
  private final InboundBudget inbound;
  private final PublishRates rates;

  PublishHandler(EventBus bus, Gatekeeper gatekeeper, HttpLimits limits, Timing timing) {
    this.bus = bus;
    this.gatekeeper = gatekeeper;
    this.limits = limits;
    inbound = new InboundBudget(limits.inboundBudget());
    rates = new PublishRates(limits, timing);
  }

  void handle(HttpExchange exchange, Body body, String address, String rawTopic)
      throws IOException, HttpError {
    if (!exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      throw new HttpError(405, "method_not_allowed", "publish with POST");
    }
    Identity identity = gatekeeper.identify(exchange, address);
    String topic = topic(rawTopic);
    if (Names.isReserved(topic)) {
      throw HttpError.forbidden("only the bus itself publishes to dlq.* and *.snapshot");
    }
    if (!identity.policy().allows(Action.PUBLISH, topic)) {
      throw HttpError.forbidden("the token does not allow to publish to this topic");
    }
    BodyKind kind = BodyKind.of(exchange.getRequestHeaders());
    try (InboundBudget.Share held = new InboundBudget.Share(inbound)) {
      List<Message<Payload>> events = events(exchange, kind, body, held);
      rates.take(address, identity.subject(), topic, events.size());
      answer(exchange, kind, publish(topic, events));
    }
  }

  private static String topic(String raw) throws HttpError {
    try {
      return Names.topic(Percent.decode("the topic", raw, false));
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private List<Message<Payload>> events(
      HttpExchange exchange, BodyKind kind, Body body, InboundBudget.Share held)
      throws IOException, HttpError {
    String query = exchange.getRequestURI().getRawQuery();
    Headers headers = exchange.getRequestHeaders();
    if (kind == BodyKind.NDJSON) {
      BatchRequest request = BatchRequest.of(query, headers, limits);
      return request.events(text(body, limits.maxBatchBytes(), held));
    }
    SingleRequest request = SingleRequest.of(query, headers);
    return request.events(text(body, limits.maxEventBytes(), held));
  }

  private static byte[] text(Body body, int limit, InboundBudget.Share held)
      throws IOException, HttpError {
    byte[] text = body.read(limit, held);
    Utf8.require(text);
    return text;
  }

  private List<Published> publish(String name, List<Message<Payload>> events) throws HttpError {
    Topic<Payload> topic = new Topic<>(name, JsonNode.class);
    try {
      return bus.publishAll(topic, events);
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(String.valueOf(e.getMessage()));
    } catch (EventTooLargeException e) {
      throw HttpError.tooLarge(String.valueOf(e.getMessage()));
    } catch (LimitException e) {
      throw HttpError.later("too_many", String.valueOf(e.getMessage()), AGAIN_MILLIS);
    } catch (TopicFullException e) {
      throw HttpError.later(FAILED, String.valueOf(e.getMessage()), AGAIN_MILLIS);
    } catch (RuntimeException e) {
      LOG.warn("publish to {} failed", name, e);
      throw new HttpError(
          500,
          FAILED,
          "it is not known whether the events were appended; publish them again with the same ids");
    }
  }

  private static void answer(HttpExchange exchange, BodyKind kind, List<Published> published)
      throws IOException {
    Published first = published.get(0);
    Answer.send(
        exchange,
        kind == BodyKind.NDJSON
            ? Answer.json()
                .put("count", published.size())
                .put("first_seq", first.seq())
                .put("last_seq", published.get(published.size() - 1).seq())
            : Answer.json()
                .put("id", first.id())
                .put("seq", first.seq())
                .put("duplicate", first.duplicate()));
  }
}
