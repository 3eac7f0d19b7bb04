package io.promlib.examples.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PsCommandTest {

  @Test
  void aLineIsPidShareMemoryAndCommand() {
    assertThat(PsCommand.parse("  501   2.5  20480 /usr/local/bin/my tool"))
        .contains(new Reading(501, 0, "my tool", 2.5, 20.0));
  }

  @Test
  void someCountriesWriteACommaInTheShare() {
    assertThat(PsCommand.parse("1 0,5 1024 init")).contains(new Reading(1, 0, "init", 0.5, 1.0));
  }

  @Test
  void aLineThatLacksAFigureIsLeftOut() {
    assertThat(PsCommand.parse("1 - 1024 init")).isEmpty();
  }
}
