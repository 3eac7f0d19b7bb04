package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outsiders may do to a gateway's TLS port, and what it costs the others: nothing. */
class TlsHostileTest {
  /** A record that says it is a handshake of 512 bytes, and the first of them. */
  private static final byte[] HALF_A_CLIENT_HELLO = {
    0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 1, 2, 3, 4, 5
  };

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void plainTextAndGarbageEndTheirOwnConnectionOnly(@TempDir Path folder) throws Exception {
    SSLContext keys = TlsTest.context(folder.resolve("keys.p12"));
    try (Fixture on = Fixture.with(b -> b.tls(keys))) {
      for (byte[] sent :
          List.of(
              ascii("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              ascii("\0\0\0\0\0\0\0\0"),
              new byte[] {0x17, 3, 3, 0, 5, 1, 2, 3, 4, 5},
              new byte[] {0x16, 3, 3, (byte) 0xff, (byte) 0xff, 1, 2, 3, 4, 5},
              new byte[] {0x15, 3, 3, 0, 2, 2, 40},
              new byte[] {0x16, 3, 1, 0, 4, 1, 0, 0, 0})) {
        try (RawPeer client = RawPeer.dial(on.address()).tryToWrite(sent)) {
          assertThat(client.sawEnd()).isTrue();
        }
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
    }
  }

  @Test
  void halfAHandshakeAndSilenceEndsWithTheTimeToAuthenticate(@TempDir Path folder)
      throws Exception {
    SSLContext keys = TlsTest.context(folder.resolve("keys.p12"));
    ManualClock clock = new ManualClock();
    List<RawPeer> silent = new ArrayList<>();
    try (Fixture on = Fixture.with(b -> b.tls(keys).timing(clock))) {
      for (int i = 0; i < 20; i++) {
        RawPeer one = RawPeer.dial(on.address());
        silent.add(i % 2 == 0 ? one : one.write(HALF_A_CLIENT_HELLO));
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isEqualTo(20));
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
      clock.advance(Duration.ofSeconds(10));
      silent.forEach(one -> assertThat(one.sawEnd()).isTrue());
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
    } finally {
      silent.forEach(RawPeer::close);
    }
  }
}
