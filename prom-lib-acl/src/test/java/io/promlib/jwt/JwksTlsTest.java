package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys come only from a server that shows a certificate of those trusted, for its own name. */
class JwksTlsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String TOKEN =
      Tokens.signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", CLAIMS, Keys.P256.getPrivate());

  private static SSLContext trusted;

  private HttpsServer server;

  @BeforeAll
  static void certify(@TempDir Path directory) throws Exception {
    trusted = context(directory.resolve("keys.p12"));
  }

  @BeforeEach
  void start() throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setHttpsConfigurator(new HttpsConfigurator(trusted));
    byte[] body = jwks(jwk(Keys.P256.getPublic(), kid("a"))).getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void theCertificatesThatTheCallerTrustsCount() {
    assertThat(builder("localhost").jwksTls(trusted).build().authenticate(TOKEN).subject())
        .isEqualTo("ann");
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() {
    JwtVerifier verifier = builder("localhost").build();
    assertThatThrownBy(() -> verifier.authenticate(TOKEN))
        .isInstanceOf(KeysUnavailableException.class)
        .satisfies(e -> Refusals.tellsNothing(e, TOKEN));
  }

  @Test
  void aCertificateForAnotherNameIsRefused() {
    JwtVerifier verifier = builder("127.0.0.1").jwksTls(trusted).build();
    assertThatThrownBy(() -> verifier.authenticate(TOKEN))
        .isInstanceOf(KeysUnavailableException.class);
  }

  private JwtVerifierBuilder builder(String host) {
    return JwtVerifier.builder()
        .jwksUrl(URI.create("https://" + host + ":" + server.getAddress().getPort() + "/jwks"))
        .jwksConnectTimeout(Duration.ofMinutes(1))
        .jwksReadTimeout(Duration.ofMinutes(1))
        .clock(() -> Instant.ofEpochSecond(NOW));
  }

  private static SSLContext context(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "key",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost",
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    new String(PASSWORD)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    TrustManagerFactory others =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    others.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), others.getTrustManagers(), null);
    return context;
  }
}
