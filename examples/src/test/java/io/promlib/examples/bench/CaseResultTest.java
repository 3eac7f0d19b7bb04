package io.promlib.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CaseResultTest {

  @Test
  void aResultGoesFromOneJvmToAnotherAsALine() {
    CaseResult result = new CaseResult(1_234_567.5, 120.25, 1.5, 2.5, 3.5, 240);

    assertThat(CaseResult.isLine(result.toLine())).isTrue();
    assertThat(CaseResult.ofLine(result.toLine())).isEqualTo(result);
  }

  @Test
  void eachFigureHasItsOwnMedian() {
    List<CaseResult> runs =
        List.of(
            new CaseResult(100, 9, 1, 1, 1, 1),
            new CaseResult(300, 7, 1, 1, 1, 1),
            new CaseResult(200, 8, 1, 1, 1, 1));

    assertThat(CaseResult.median(runs).perSecond()).isEqualTo(200);
    assertThat(CaseResult.median(runs).bytes()).isEqualTo(8);
    assertThat(CaseResult.spread(runs)).isEqualTo(1.0);
  }
}
