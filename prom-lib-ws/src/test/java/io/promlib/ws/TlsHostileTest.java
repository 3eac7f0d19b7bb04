package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.event.Topic;
import io.promlib.testkit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outsiders may do to a gateway's TLS port, and what it costs the others: nothing. */
class TlsHostileTest {
  /** A record that says it is a handshake of 512 bytes, and the first of them. */
  private static final byte[] HALF_A_CLIENT_HELLO = {
    0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 1, 2, 3, 4, 5
  };

  private static SSLContext keys;

  @BeforeAll
  static void makeKeys(@TempDir Path folder) throws Exception {
    keys = TlsTest.context(folder.resolve("keys.p12"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void plainTextAndGarbageEndTheirOwnConnectionOnly() throws Exception {
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
  void halfAHandshakeAndSilenceEndsWithTheTimeToAuthenticate() throws Exception {
    ManualClock clock = new ManualClock();
    List<RawPeer> silent = new ArrayList<>();
    try (Fixture on =
        Fixture.with(b -> b.tls(keys).timing(clock).limits(GatewayLimits.defaults()))) {
      for (int i = 0; i < 20; i++) {
        RawPeer one = RawPeer.dial(on.address());
        silent.add(i % 2 == 0 ? one : one.write(HALF_A_CLIENT_HELLO));
      }
      await().until(() -> on.gateway.connections() == 20 && clock.pending() == 20);
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
      clock.advance(Duration.ofSeconds(10));
      silent.forEach(one -> assertThat(one.sawEnd()).isTrue());
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
    } finally {
      silent.forEach(RawPeer::close);
    }
  }

  @Test
  void clientsThatRefuseTheCertificateEndTheirOwnConnectionOnly() throws Exception {
    try (Fixture on = Fixture.with(b -> b.tls(keys))) {
      for (int i = 0; i < 10; i++) {
        try (SSLSocket client = dial(SSLContext.getDefault(), on, new Socket())) {
          assertThatThrownBy(client::startHandshake).isInstanceOf(SSLException.class);
        }
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
    }
  }

  @Test
  void aForgedRecordBehindAGoodOneEndsItsOwnConnectionOnly() throws Exception {
    try (Fixture on = Fixture.with(b -> b.tls(keys));
        Holding held = new Holding();
        RawPeer client = new RawPeer(dial(keys, on, held)).open()) {
      held.holds = true;
      client.text("{}");
      held.waiting.writeBytes(new byte[] {0x17, 3, 3, 0, 32});
      held.waiting.writeBytes(new byte[32]);
      held.release();
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
      assertThat(TlsTest.answerOverTls(on.address(), keys)).contains("OK");
    }
  }

  @Test
  void aClientThatReadsLateGetsEveryByteOfTheLastFrame() throws Exception {
    Socket narrow = new Socket();
    narrow.setReceiveBufferSize(16 << 10);
    try (Fixture on = Fixture.with(b -> b.tls(keys).timing(new ManualClock()));
        RawPeer client = new RawPeer(dial(keys, on, narrow)).open().login()) {
      client.text("{\"op\":\"SUBSCRIBE\",\"topic\":\"t\",\"group\":\"g\"}");
      assertThat(client.read().text()).contains("\"OK\"");
      String large = "x".repeat(100_000);
      for (int i = 0; i < 80; i++) {
        on.bus.publish(Topic.of("t", String.class), large);
      }
      for (int seq = 1; seq <= 80; seq++) {
        assertThat(client.read().text()).contains("\"seq\":" + seq + ",").contains(large);
      }
    }
  }

  /** Layered over a TCP socket, so that what goes over the wire is the test's to change. */
  private static SSLSocket dial(SSLContext trusting, Fixture on, Socket tcp) throws IOException {
    tcp.setSoTimeout((int) Peer.LIMIT_SECONDS * 1000);
    tcp.connect(on.address());
    return (SSLSocket)
        trusting.getSocketFactory().createSocket(tcp, "localhost", on.address().getPort(), true);
  }

  /** A socket that can keep what is written, to send it in one piece. */
  private static final class Holding extends Socket {
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private boolean holds;

    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream out = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int one) throws IOException {
          (holds ? waiting : out).write(one);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          (holds ? waiting : out).write(bytes, from, length);
        }
      };
    }

    private void release() throws IOException {
      super.getOutputStream().write(waiting.toByteArray());
      holds = false;
    }
  }
}
