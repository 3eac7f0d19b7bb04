package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.EventBus;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ops server with a certificate. */
class OpsTlsTest {
  private static final char[] PASSWORD = "of-the-test".toCharArray();

  @TempDir static Path folder;
  private static final EventBus BUS = EventBus.inMemory();
  private static SSLContext context;
  private static OpsServer server;

  @BeforeAll
  static void start() throws Exception {
    context = selfSigned();
    server = builder().start();
    BUS.publish(Ops.ORDERS, Ops.tree("1"));
  }

  private static OpsServer.Builder builder() {
    return OpsServer.of(BUS)
        .port(0)
        .auth(Ops.AUTH)
        .openReads(false)
        .actions(true)
        .limits(Ops.PATIENT)
        .tls(context);
  }

  @AfterAll
  static void close() {
    server.close();
    BUS.close();
  }

  /** A key made by the JDK's own tool, trusted by the context that holds it. */
  private static SSLContext selfSigned() throws Exception {
    Path store = folder.resolve("keys.p12");
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
                    "CN=localhost",
                    "-ext",
                    "SAN=dns:localhost,ip:127.0.0.1",
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

  private static String origin() {
    return "https://127.0.0.1:" + server.address().getPort();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(origin() + path)).timeout(Duration.ofMinutes(2));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void thePageAndItsAnswersGoOverTls() throws Exception {
    assertThat(send(request("/healthz")).body()).isEqualTo("ok\n");
    assertThat(send(request("/")).body()).startsWith("<!doctype html>");
    assertThat(send(request("/topics")).statusCode()).isEqualTo(401);
    assertThat(send(request("/topics").header("Authorization", "Bearer " + Ops.READER)).body())
        .contains("\"topic\":\"orders\"");
  }

  @Test
  void itsOwnPageMayActAndOneOfAnotherSchemeOrHostMayNot() throws Exception {
    BUS.subscribe(Ops.ORDERS, "mailer", delivery -> {}).close();
    HttpRequest.Builder delete =
        request("/groups/orders/mailer").DELETE().header("Authorization", "Bearer " + Ops.ALL);
    assertThat(send(delete.copy().header("Origin", "https://elsewhere.example")).statusCode())
        .isEqualTo(403);
    assertThat(send(delete.copy().header("Origin", origin())).statusCode()).isEqualTo(200);
  }

  @Test
  void aClientThatDoesNotTrustItGetsNothing() {
    HttpClient stranger = HttpClient.newHttpClient();
    assertThatThrownBy(
            () -> stranger.send(request("/healthz").build(), HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void plainHttpGetsNoAnswer() throws Exception {
    assertThat(answer(server, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
        .doesNotContain("200", "ok");
  }

  @Test
  void aHandshakeThatDoesNotGoOnIsCut() throws Exception {
    OpsLimits impatient =
        OpsLimits.defaults()
            .times(Duration.ofMillis(200), Duration.ofMinutes(2), Duration.ofSeconds(5));
    try (OpsServer cutting = builder().limits(impatient).start()) {
      // The head of a record that announces 512 bytes of a ClientHello.
      assertThat(answer(cutting, "\u0016\u0003\u0001\u0002\u0000\u0001")).isEmpty();
    }
  }

  /** All that comes back until the server closes. */
  private static String answer(OpsServer from, String sent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), from.address().getPort())) {
      socket.setSoTimeout(120_000);
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketException reset) {
      return "";
    }
  }
}
