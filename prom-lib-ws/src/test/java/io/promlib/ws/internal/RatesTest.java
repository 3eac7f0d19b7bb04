package io.promlib.ws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.limit.TokenBucket;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RatesTest {
  private static final int MOST = 10_000;

  private final ManualClock clock = new ManualClock();
  private final Rates rates = new Rates(1, clock);

  private void use(int names) {
    for (int i = 0; i < names; i++) {
      rates.of("name-" + i).tryConsume(1);
    }
  }

  @Test
  void namesBeyondTheMostInUseShareABucket() {
    use(MOST);
    TokenBucket shared = rates.of("one more");
    assertThat(rates.of("another")).isSameAs(shared);
    assertThat(rates.find("one more")).isNull();
    assertThat(rates.of("name-7").tryConsume(1)).isFalse();
  }

  @Test
  void bucketsThatAreFullAgainMakeRoom() {
    use(MOST);
    rates.of("one more");
    clock.advance(Duration.ofSeconds(1));
    TokenBucket own = rates.of("one more");
    assertThat(rates.find("one more")).isSameAs(own);
    assertThat(rates.find("name-7")).isNull();
  }
}
