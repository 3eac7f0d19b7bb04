package io.promlib.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PatienceTest {

  @Test
  void aWaitWithoutALimitOfItsOwnHasAMinute() {
    List<Long> left = new ArrayList<>();
    Awaitility.await()
        .conditionEvaluationListener(looked -> left.add(looked.getRemainingTimeInMS()))
        .until(() -> true);
    assertThat(left).singleElement().satisfies(millis -> assertThat(millis).isGreaterThan(30_000));
  }
}
