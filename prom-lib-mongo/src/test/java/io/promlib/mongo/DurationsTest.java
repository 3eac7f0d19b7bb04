package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationsTest {
  @Test
  void whatIsTooLongForANumberIsAsLongAsOneCanSay() {
    Duration eternal = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(Durations.nanos(eternal)).isEqualTo(Long.MAX_VALUE);
    assertThat(Durations.millis(eternal)).isEqualTo(Long.MAX_VALUE);
    assertThat(Durations.millis(eternal.negated())).isEqualTo(Long.MIN_VALUE);
    assertThat(Durations.nanos(eternal.negated())).isEqualTo(Long.MIN_VALUE);
    assertThat(Durations.limit(eternal)).isEqualTo(Integer.MAX_VALUE);
    assertThat(Durations.limit(Duration.ofSeconds(10))).isEqualTo(10_000);
  }
}
