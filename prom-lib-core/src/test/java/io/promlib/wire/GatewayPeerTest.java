package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayPeerTest {
  private static final GatewayPeer STRANGER =
      new GatewayPeer(7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1234), null);

  @Test
  void theTextSaysWhichConnectionAndWhose() {
    assertThat(STRANGER).hasToString("connection 7 from localhost/127.0.0.1:1234");
    assertThat(STRANGER.as("alice"))
        .hasToString("connection 7 from localhost/127.0.0.1:1234 of \"alice\"");
    assertThat(STRANGER.as("Zoë")).asString().endsWith("of \"Zoë\"");
  }

  @Test
  void theSubjectItselfIsNotChanged() {
    assertThat(STRANGER.as("a\nb").subject()).isEqualTo("a\nb");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nERROR forged",
        "a\r\n",
        "a\u001b[2J",
        "a\u0085b",
        "a\u2028b",
        "a\u2029b",
        "a\u202eb",
        "a\u0000",
        "a\" of \"root",
        "a\\u0022"
      })
  void aSubjectCannotForgeALogLine(String subject) {
    String shown = STRANGER.as(subject).toString();
    assertThat(shown)
        .startsWith("connection 7 from localhost/127.0.0.1:1234 of \"a")
        .endsWith("\"");
    String inside = shown.substring(shown.indexOf("of \"") + 4, shown.length() - 1);
    assertThat(inside).doesNotContain("\"").contains("\\u");
    assertThat(shown.codePoints())
        .noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || c == 0x202e);
  }

  @Test
  void aLongSubjectIsCutInTheText() {
    assertThat(STRANGER.as("x".repeat(5000)).toString()).hasSizeLessThan(200).endsWith("…\"");
  }
}
