package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Key servers that answer with anything but an answer. */
class JwksEndpointTest {

  private static final String TOKEN =
      Tokens.signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", CLAIMS, Keys.P256.getPrivate());
  private static final String KEYS = jwks(jwk(Keys.P256.getPublic(), kid("a")));

  /** Writes to whoever connects, until that fails. */
  private interface Peer {
    void talk(OutputStream out, CountDownLatch end) throws IOException, InterruptedException;
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aHeadThatTricklesInIsGivenUp() throws Exception {
    unavailable(
        (out, end) -> {
          write(out, "HTTP/1.1 200 OK\r\nX-Slow: ");
          while (!end.await(5, TimeUnit.MILLISECONDS)) {
            write(out, "a");
          }
        });
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aHeadThatNeverEndsIsGivenUp() throws Exception {
    unavailable(
        (out, end) -> {
          write(out, "HTTP/1.1 200 OK\r\n");
          for (long i = 0; end.getCount() > 0; i++) {
            write(out, "X-" + i + ": " + "a".repeat(1_000) + "\r\n");
          }
        });
  }

  @Test
  void whatIsNoHttpIsNoAnswer() throws Exception {
    unavailable((out, end) -> write(out, "SSH-2.0-OpenSSH_9.2\r\n"));
    unavailable((out, end) -> write(out, KEYS));
    unavailable((out, end) -> {});
  }

  @Test
  void anAnswerThatBreaksOffIsNoAnswer() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + KEYS.length() + "\r\n\r\n";
    unavailable((out, end) -> write(out, head + KEYS.substring(0, KEYS.length() / 2)));
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aHandshakeThatTricklesInIsGivenUp() throws Exception {
    unavailable(
        "https",
        (out, end) -> {
          // A record of handshake messages, in them a hello of the server, and both very long.
          out.write(new byte[] {22, 3, 3, 0x40, 0, 2, 0, 0x3f, (byte) 0xfc, 3, 3});
          while (!end.await(20, TimeUnit.MILLISECONDS)) {
            write(out, "a");
          }
        });
  }

  private static void unavailable(Peer peer) throws Exception {
    unavailable("http", peer);
  }

  private static void unavailable(String scheme, Peer peer) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> serve(listening, peer, end), "hostile-key-server");
      thread.setDaemon(true);
      thread.start();
      JwtVerifier verifier =
          JwtVerifier.builder()
              .jwksUrl(URI.create(scheme + "://127.0.0.1:" + listening.getLocalPort() + "/jwks"))
              .jwksConnectTimeout(Duration.ofSeconds(1))
              .jwksReadTimeout(Duration.ofSeconds(1))
              .clock(() -> Instant.ofEpochSecond(NOW))
              .build();
      assertThatThrownBy(() -> verifier.authenticate(TOKEN))
          .isInstanceOf(KeysUnavailableException.class)
          .satisfies(e -> Refusals.tellsNothing(e, TOKEN));
    } finally {
      end.countDown();
    }
  }

  private static void serve(ServerSocket listening, Peer peer, CountDownLatch end) {
    while (end.getCount() > 0) {
      try (Socket socket = listening.accept()) {
        peer.talk(socket.getOutputStream(), end);
      } catch (IOException e) {
        // The verifier hung up, as it should.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }
}
