package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatestTest {

  @Test
  void whatWasPutBeforeTheLastIsForgotten() {
    Latest<String, Integer> latest = new Latest<>(2);
    latest.put("a", 1);
    latest.put("b", 2);
    latest.put("c", 3);
    assertThat(latest.get("a")).isNull();
    assertThat(latest.get("b")).isEqualTo(2);
    assertThat(latest.get("c")).isEqualTo(3);
  }

  @Test
  void whatIsPutAgainIsTheLast() {
    Latest<String, Integer> latest = new Latest<>(2);
    latest.put("a", 1);
    latest.put("b", 2);
    latest.put("a", 3);
    latest.put("c", 4);
    assertThat(latest.get("a")).isEqualTo(3);
    assertThat(latest.contains("b")).isFalse();
  }
}
