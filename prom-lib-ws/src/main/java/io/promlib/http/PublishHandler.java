package io.promlib.http;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import io.promlib.ws.internal.InboundBudget;
import io.promlib.ws.internal.Rates;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /publish/{topic}}: one event, or a batch of lines of which all are published or none.
 */
final class PublishHandler {
  private static final Logger LOG = LoggerFactory.getLogger(PublishHandler.class);
  private static final String JSON = "application/json";
  private static final String NDJSON = "application/x-ndjson";

  private final EventBus bus;
  private final Gatekeeper gatekeeper;
  private final HttpLimits limits;
  private final InboundBudget inbound;
  private final Rates addresses;
  private final Rates topics;

  PublishHandler(EventBus bus, Gatekeeper gatekeeper, HttpLimits limits, Timing timing) {
    this.bus = bus;
    this.gatekeeper = gatekeeper;
    this.limits = limits;
    inbound = new InboundBudget(limits.inboundBudget());
    addresses = new Rates(limits.publishRate(), timing);
    topics = new Rates(limits.topicRate(), timing);
  }

  void handle(HttpExchange exchange, String rawTopic) throws IOException, HttpError {
    if (!exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      throw new HttpError(405, "method_not_allowed", "publish with POST");
    }
    Identity identity = gatekeeper.identify(exchange);
    String topic = topic(rawTopic);
    if (Names.isReserved(topic)) {
      throw new HttpError(
          403, "forbidden", "only the bus itself publishes to dlq.* and *.snapshot");
    }
    if (!identity.policy().allows(Action.PUBLISH, topic)) {
      throw new HttpError(403, "forbidden", "the token does not allow to publish to this topic");
    }
    boolean isBatch = isBatch(exchange.getRequestHeaders().getFirst("Content-Type"));
    InboundBudget.Share held = new InboundBudget.Share(inbound);
    try {
      byte[] body =
          Body.read(exchange, isBatch ? limits.maxBatchBytes() : limits.maxEventBytes(), held);
      List<Message<Payload>> events =
          isBatch
              ? PublishRequest.batch(body, limits)
              : List.of(PublishRequest.single(exchange, body));
      takeTokens(exchange, topic, events.size());
      List<Published> published = publish(topic, events);
      answer(exchange, isBatch, published);
    } finally {
      held.close();
    }
  }

  private static String topic(String raw) throws HttpError {
    try {
      return Names.topic(PublishRequest.decode(raw));
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static boolean isBatch(@Nullable String header) throws HttpError {
    String[] parts =
        header == null ? new String[] {""} : header.toLowerCase(Locale.ROOT).split(";", -1);
    String type = parts[0].trim();
    boolean good = type.equals(JSON) || type.equals(NDJSON);
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].trim().replace("\"", "");
      good &= !parameter.startsWith("charset=") || parameter.equals("charset=utf-8");
    }
    if (!good) {
      throw new HttpError(
          415,
          "unsupported_media_type",
          "send Content-Type " + JSON + " or " + NDJSON + ", in UTF-8");
    }
    return type.equals(NDJSON);
  }

  /** From both buckets or from none. */
  private synchronized void takeTokens(HttpExchange exchange, String topic, int events)
      throws HttpError {
    TokenBucket address = addresses.of(exchange.getRemoteAddress().getAddress().getHostAddress());
    TokenBucket ofTopic = topics.of(topic);
    require(
        events <= limits.publishRate() && address.deficit(events).isZero(),
        addresses,
        address,
        events,
        "this address publishes");
    require(ofTopic.tryConsume(events), topics, ofTopic, events, "this topic is published to");
    address.tryConsume(events);
  }

  private static void require(boolean there, Rates of, TokenBucket bucket, int events, String who)
      throws HttpError {
    if (!there) {
      throw HttpError.later(
          "rate_limited",
          who + " too fast; wait, or send fewer events at once",
          of.waitMillis(bucket, events));
    }
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
      throw HttpError.later("too_many", String.valueOf(e.getMessage()), 1000);
    } catch (TopicFullException e) {
      throw new HttpError(500, "publish_failed", String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.warn("publish to {} failed", name, e);
      throw new HttpError(
          500,
          "publish_failed",
          "it is not known whether the events were appended; publish them again with the same ids");
    }
  }

  private static void answer(HttpExchange exchange, boolean isBatch, List<Published> published)
      throws IOException {
    Published first = published.get(0);
    Answer.send(
        exchange,
        200,
        isBatch
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
