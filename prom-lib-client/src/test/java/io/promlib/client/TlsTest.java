package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.store.Backoff;
import io.promlib.testkit.ManualClock;
import io.promlib.ws.WsGateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final char[] PASSWORD = "of-the-test".toCharArray();

  @TempDir static Path folder;
  private static SSLContext context;
  private static SSLContext other;
  private final EventBus bus = EventBus.inMemory();
  private WsGateway gateway = gatewayWith(context);

  @BeforeAll
  static void makeKeys() throws Exception {
    context = selfSigned("localhost");
    other = selfSigned("example.org");
  }

  @AfterEach
  void stop() {
    gateway.close();
    bus.close();
  }

  private WsGateway gatewayWith(SSLContext tls) {
    return WsGateway.of(bus).port(0).auth(StaticTokenAuthenticator.of("secret")).tls(tls).start();
  }

  /** A key made by the JDK's own tool, trusted by the context that holds it. */
  private static SSLContext selfSigned(String host) throws Exception {
    Path store = folder.resolve(host + ".p12");
    Process tool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "k",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + host,
                    "-ext",
                    "SAN=dns:" + host,
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    new String(PASSWORD)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(tool.waitFor(120, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    SSLContext made = SSLContext.getInstance("TLS");
    made.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return made;
  }

  private EventClientBuilder builder() {
    return EventClient.builder(URI.create("wss://localhost:" + gateway.address().getPort()))
        .token("secret");
  }

  @Test
  void eventsGoOverTlsWithTheContextGiven() {
    CountDownLatch handled = new CountDownLatch(1);
    try (EventClient client = builder().tls(context).connect()) {
      client.subscribe(ClientTest.NUMBERS, "g", d -> handled.countDown());
      assertThat(client.publish(ClientTest.NUMBERS, 1).seq()).isEqualTo(1);
      ClientTest.reached(handled);
    }
  }

  @Test
  void aGatewayThatIsNotTrustedIsRefusedAtOnce() {
    assertThat(whyNot(builder()))
        .hasMessageContaining("is not trusted")
        .hasStackTraceContaining(SSLHandshakeException.class.getName());
  }

  /** Why the first connect failed, with no time gone by. */
  private static Throwable whyNot(EventClientBuilder builder) {
    Throwable cause = ClientTest.failure(builder.timing(new ManualClock()).connectAsync());
    assertThat(cause).isInstanceOf(NoAnswerException.class);
    return cause;
  }

  @Test
  void aGatewayOfAnotherNameIsRefusedAtOnce() {
    gateway.close();
    gateway = gatewayWith(other);

    assertThat(whyNot(builder().tls(other)))
        .hasMessageContaining("another host's")
        .hasStackTraceContaining("No subject alternative DNS name matching localhost");
  }

  @Test
  void aGatewayThatIsNoLongerTrustedIsTriedAfterTheLongestWait() throws Exception {
    ManualClock clock = new ManualClock();
    AtomicInteger refused = new AtomicInteger();
    try (EventClient client =
        builder()
            .tls(context)
            .timing(clock)
            .reconnect(new Backoff(Duration.ofMillis(1), 2, Duration.ofSeconds(30), 0))
            .onStateChange(
                (state, cause) -> {
                  if (cause != null && cause.getMessage().contains("is not trusted")) {
                    refused.incrementAndGet();
                  }
                })
            .connect()) {
      int port = gateway.address().getPort();
      gateway.close();
      ClientTest.until(() -> client.state() == ClientState.DISCONNECTED);
      try (ServerSocket impostor =
          other
              .getServerSocketFactory()
              .createServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
        ClientTest.anyThread().execute(() -> shakeHands(impostor));
        // No gateway that shuts down asks for a longer wait.
        clock.advance(Duration.ofSeconds(10));
        ClientTest.until(() -> refused.get() == 1);

        clock.advance(Duration.ofSeconds(29));
        ClientState waiting = client.state();
        clock.advance(Duration.ofSeconds(1));
        ClientTest.until(() -> refused.get() == 2);

        assertThat(waiting).isEqualTo(ClientState.DISCONNECTED);
      }
    }
  }

  private static void shakeHands(ServerSocket impostor) {
    while (!impostor.isClosed()) {
      try (java.net.Socket accepted = impostor.accept()) {
        var unused = accepted.getInputStream().read();
      } catch (IOException e) {
        // The client does not trust it, or the test is over.
      }
    }
  }

  @Test
  void aContextWithoutAWssAddressIsRefused() {
    EventClientBuilder plain =
        EventClient.builder(URI.create("ws://localhost:1")).token("secret").tls(context);

    assertThatThrownBy(plain::connect)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("wss:");
  }
}
