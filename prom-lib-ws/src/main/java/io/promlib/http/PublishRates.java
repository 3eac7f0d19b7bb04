package io.promlib.http;

import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import io.promlib.ws.internal.Rates;

/** How fast events may come, from one subject at one address and to one topic. */
final class PublishRates {
  private final Rates clients;
  private final Rates topics;

  PublishRates(HttpLimits limits, Timing timing) {
    clients = new Rates(limits.publishRate(), timing);
    topics = new Rates(limits.topicRate(), timing);
  }

  /** Takes from both buckets or from none. */
  synchronized void take(String address, String subject, String topic, int events)
      throws HttpError {
    TokenBucket client = clients.of(address + " " + subject);
    if (!client.deficit(events).isZero()) {
      throw tooFast("this client publishes", clients.waitMillis(client, events));
    }
    TokenBucket ofTopic = topics.of(topic);
    if (!ofTopic.tryConsume(events)) {
      throw tooFast("this topic is published to", topics.waitMillis(ofTopic, events));
    }
    client.tryConsume(events);
  }

  private static HttpError tooFast(String who, long waitMillis) {
    return HttpError.later(
        "rate_limited", who + " too fast; wait, or send fewer events at once", waitMillis);
  }
}
