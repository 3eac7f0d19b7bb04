package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgsTest {

  @Test
  void optionsComeInAnyOrder() {
    Args args = parse("--quick", "--seconds", "5");

    assertThat(args.has("quick")).isTrue();
    assertThat(args.number("seconds", 1, 0, 10)).isEqualTo(5);
    assertThat(args.number("runs", 3, 1, 10)).isEqualTo(3);
  }

  @Test
  void anUnknownArgumentIsNamedBesideTheValidOnes() {
    assertThatThrownBy(() -> parse("--secs", "5"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "unknown argument '--secs'; valid are --runs <value>, --seconds <value>, --quick,"
                + " --help");
  }

  @Test
  void aMissingValueIsNamed() {
    assertThatThrownBy(() -> parse("--seconds", "--quick")).hasMessage("--seconds needs a value");
    assertThatThrownBy(() -> parse("--seconds")).hasMessage("--seconds needs a value");
  }

  @Test
  void aNumberThatIsNoneOrOutOfRangeIsNamed() {
    String message = "--seconds must be a whole number from 0 to 10, is '%s'";
    for (String wrong : List.of("soon", "11", "-1", "1.5", "99999999999")) {
      assertThatThrownBy(() -> parse("--seconds", wrong).number("seconds", 1, 0, 10))
          .isInstanceOf(UsageException.class)
          .hasMessage(message.formatted(wrong));
    }
  }

  private static Args parse(String... line) {
    return Args.parse(List.of(line), Set.of("seconds", "runs"), Set.of("quick"));
  }
}
