package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.junit.jupiter.api.Test;

class JdkServerTest {

  @Test
  void whatTheJdkTakesInIsBoundedUnlessTheCommandLineSaysHow() {
    Properties chosen = new Properties();
    chosen.setProperty("jdk.httpserver.maxConnections", "7");
    JdkServer.bound(chosen);
    assertThat(chosen)
        .containsEntry("jdk.httpserver.maxConnections", "7")
        .containsEntry("sun.net.httpserver.maxReqHeaderSize", "32768")
        .hasSize(2);
  }
}
