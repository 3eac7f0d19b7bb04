package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class HttpLimitsTest {

  @Test
  void everyLimitHasItsDefault() {
    HttpLimits limits = HttpLimits.defaults();
    assertThat(limits.maxEventBytes()).isEqualTo(1 << 20);
    assertThat(limits.maxBatchBytes()).isEqualTo(8 << 20);
    assertThat(limits.maxBatchEvents()).isEqualTo(1000);
    assertThat(limits.headerTime()).isEqualTo(Duration.ofSeconds(5));
    assertThat(limits.requestTime()).isEqualTo(Duration.ofSeconds(10));
    assertThat(limits.maxOpening()).isEqualTo(256);
    assertThat(limits.maxRequests()).isEqualTo(256);
    assertThat(limits.maxPerAddress()).isEqualTo(64);
    assertThat(limits.maxReads()).isEqualTo(16);
    assertThat(limits.maxReadsPerAddress()).isEqualTo(8);
    assertThat(limits.maxAnswerBytes()).isEqualTo(4 << 20);
    assertThat(limits.maxExports()).isEqualTo(8);
    assertThat(limits.maxExportsPerAddress()).isEqualTo(4);
    assertThat(limits.stallTime()).isEqualTo(Duration.ofSeconds(10));
    assertThat(limits.publishRate()).isEqualTo(1000);
    assertThat(limits.topicRate()).isEqualTo(1000);
    assertThat(limits.failedLoginRate()).isEqualTo(10);
    assertThat(limits.inboundBudget()).isEqualTo(64L << 20);
  }

  @Test
  void aLimitOutOfRangeIsRefusedByName() {
    assertRefused("maxEventBytes", b -> b.maxEventBytes(0));
    assertRefused("maxBatchBytes", b -> b.maxBatchBytes(0));
    assertRefused("maxBatchEvents", b -> b.maxBatchEvents(0));
    assertRefused("headerTime", b -> b.headerTime(Duration.ZERO));
    assertRefused("requestTime", b -> b.requestTime(Duration.ofSeconds(4)));
    assertRefused("maxOpening", b -> b.maxOpening(0));
    assertRefused("maxRequests", b -> b.maxRequests(0));
    assertRefused("maxPerAddress", b -> b.maxPerAddress(-1));
    assertRefused("maxReads", b -> b.maxReads(0));
    assertRefused("maxReadsPerAddress", b -> b.maxReadsPerAddress(0));
    assertRefused("maxAnswerBytes", b -> b.maxAnswerBytes(0));
    assertRefused("maxExports", b -> b.maxExports(0));
    assertRefused("maxExportsPerAddress", b -> b.maxExportsPerAddress(0));
    assertRefused("stallTime", b -> b.stallTime(Duration.ZERO));
    assertRefused("publishRate", b -> b.publishRate(0));
    assertRefused("topicRate", b -> b.topicRate(0));
    assertRefused("failedLoginRate", b -> b.failedLoginRate(0));
    assertRefused("inboundBudget", b -> b.inboundBudget(0));
  }

  @Test
  void aBuilderThatGoesOnChangesNothingThatWasBuilt() {
    HttpLimits.Builder builder = HttpLimits.builder().topicRate(7);
    HttpLimits built = builder.build();
    builder.topicRate(8);
    assertThat(built.topicRate()).isEqualTo(7);
  }

  @Test
  void aBatchThatNoRateWouldEverLetThroughIsNotTaken() {
    assertThat(HttpLimits.builder().topicRate(7).build().maxBatchEvents()).isEqualTo(7);
    assertThat(HttpLimits.builder().publishRate(6).build().maxBatchEvents()).isEqualTo(6);
  }

  private static void assertRefused(String name, UnaryOperator<HttpLimits.Builder> change) {
    assertThatThrownBy(() -> change.apply(HttpLimits.builder()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name);
  }
}
