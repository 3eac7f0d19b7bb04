package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.bus.SubscribeOptions;
import io.promlib.event.Topic;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HttpRatesTest extends EdgeFixture {
  private final ManualClock clock = new ManualClock();

  /** Each token is a subject of its own, which may publish to what begins with {@code t}. */
  private void rates(int perClient, int perTopic) {
    Policy policy = Policy.deny(Action.PUBLISH, "forbidden").allow(Action.PUBLISH, "**").build();
    HttpLimits limits =
        HttpLimits.builder().publishRate(perClient).topicRate(perTopic).maxEventBytes(10).build();
    restart(b -> b.timing(clock).limits(limits).auth(t -> new Identity(t, policy, null)));
  }

  private HttpResponse<String> publishAs(String token, String path) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString("1")));
  }

  private static void assertLater(HttpResponse<String> answer, String who) {
    assertError(answer, 429, "rate_limited", who);
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
  }

  @Test
  void aClientIsASubjectAtAnAddress() {
    rates(2, 100);
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    assertThat(publishAs("ann", "/publish/u").statusCode()).isEqualTo(200);
    assertLater(publishAs("ann", "/publish/t"), "this client");
    assertThat(publishAs("bob", "/publish/t").statusCode()).isEqualTo(200);
    try (RawHttp elsewhere = RawHttp.dial(edge.address(), 2)) {
      elsewhere.write(head("/publish/t").replace(TOKEN, "ann") + length(1) + "1");
      assertThat(elsewhere.answer().status()).isEqualTo(200);
    }
    clock.advance(Duration.ofMillis(500));
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    assertLater(publishAs("ann", "/publish/t"), "this client");
  }

  @Test
  void whatTheTopicRefusesCostsTheClientNothing() {
    rates(3, 2);
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    for (int i = 0; i < 5; i++) {
      assertLater(publishAs("ann", "/publish/t"), "this topic");
    }
    assertThat(publishAs("ann", "/publish/u").statusCode()).isEqualTo(200);
    assertLater(publishAs("ann", "/publish/u"), "this client");
  }

  @Test
  void whatTheClientIsRefusedCostsTheTopicNothing() {
    rates(2, 3);
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    assertThat(publishAs("ann", "/publish/t").statusCode()).isEqualTo(200);
    for (int i = 0; i < 5; i++) {
      assertLater(publishAs("ann", "/publish/t"), "this client");
    }
    assertThat(publishAs("bob", "/publish/t").statusCode()).isEqualTo(200);
    assertLater(publishAs("bob", "/publish/t"), "this topic");
  }

  @Test
  void aPublishRefusedForAnythingElseCostsNothing() {
    rates(1, 1);
    assertError(publish("/publish/t", "\"01234567890\""), 413, "too_large", "10 bytes");
    assertError(publish("/publish/t", "{"), 400, "bad_json", "JSON");
    assertError(publish("/publish/t?idd=1", "1"), 400, "bad_request", "idd");
    assertError(publish("/publish/forbidden", "1"), 403, "forbidden", "topic");
    assertError(batch("/publish/t", "{\"payload\":1}\n{}"), 413, "too_large", "1 events");
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
    assertLater(publish("/publish/t", "1"), "this client");
  }

  @Test
  void aFullTopicAsksToComeBack() {
    Topic<JsonNode> topic = new Topic<>("t", JsonNode.class);
    bus.admin()
        .configure(topic.name(), TopicSettings.IN_MEMORY.maxEvents(1).overflow(Overflow.REJECT));
    bus.subscribe(
        topic, "never-acks", SubscribeOptions.builder().manualAck().build(), delivery -> {});
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
    HttpResponse<String> answer = publish("/publish/t", "2");
    assertError(answer, 429, "publish_failed", "catch up");
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
    assertThat(stored("t")).hasSize(1);
  }
}
