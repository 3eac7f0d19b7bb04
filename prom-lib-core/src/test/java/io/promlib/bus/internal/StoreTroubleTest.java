package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class StoreTroubleTest {
  private final RuntimeException away = new IllegalStateException("away");
  private final List<String> said = new ArrayList<>();

  @Test
  void theWaitDoublesFromATenthOfASecondToFiveSeconds() {
    StoreTrouble trouble = new StoreTrouble("g", logger(), () -> 1);
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      waits.add(Duration.ofNanos(trouble.failed(away, 0)).toMillis());
    }
    assertThat(waits).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L, 5000L);
  }

  @Test
  void jitterTakesAtMostHalfOfTheWait() {
    StoreTrouble trouble = new StoreTrouble("g", logger(), () -> 0);
    assertThat(Duration.ofNanos(trouble.failed(away, 0)).toMillis()).isEqualTo(50);
  }

  @Test
  void anAnswerBeginsItAnew() {
    StoreTrouble trouble = new StoreTrouble("g", logger(), () -> 1);
    trouble.failed(away, 0);
    trouble.failed(away, 0);
    trouble.answered();
    assertThat(Duration.ofNanos(trouble.failed(away, 0)).toMillis()).isEqualTo(100);
  }

  @Test
  void theLogHearsOfTheFirstFailureThenEachHalfMinuteAndOfTheEnd() {
    StoreTrouble trouble = new StoreTrouble("g", logger(), () -> 1);
    for (int second = 0; second < 65; second++) {
      trouble.failed(away, Duration.ofSeconds(second).toNanos());
    }
    trouble.answered();
    trouble.answered();
    assertThat(said).containsExactly("warn", "warn", "warn", "info");
  }

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              said.add(method.getName());
              return null;
            });
  }
}
