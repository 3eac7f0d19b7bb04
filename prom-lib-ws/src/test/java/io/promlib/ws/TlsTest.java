package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.http.HttpEdge;
import io.promlib.http.HttpLimits;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final String PASSWORD = "only-for-this-test";

  @Test
  void gatewayAndEdgeSpeakTls(@TempDir Path folder) throws Exception {
    SSLContext context = context(folder.resolve("keys.p12"));
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    Duration minute = Duration.ofMinutes(1);
    HttpLimits patient = HttpLimits.builder().headerTime(minute).requestTime(minute).build();
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway = WsGateway.of(bus).port(0).tls(context).auth(Fixture.open()).start();
        HttpEdge edge =
            HttpEdge.of(bus).port(0).tls(context).auth(Fixture.open()).limits(patient).start()) {
      assertThat(answerOverTls(gateway.address(), context)).contains("OK");
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("https://localhost:" + edge.address().getPort() + "/publish/t"))
              .header("Authorization", "Bearer " + Fixture.TOKEN)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("1"))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  /** What a gateway answers to AUTH. */
  static String answerOverTls(InetSocketAddress address, SSLContext context) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    WebSocket socket =
        HttpClient.newBuilder()
            .sslContext(context)
            .build()
            .newWebSocketBuilder()
            .buildAsync(URI.create("wss://localhost:" + address.getPort() + "/"), first(answer))
            .get(Peer.LIMIT_SECONDS, TimeUnit.SECONDS);
    try {
      socket
          .sendText("{\"op\":\"AUTH\",\"token\":\"" + Fixture.TOKEN + "\"}", true)
          .get(Peer.LIMIT_SECONDS, TimeUnit.SECONDS);
      return answer.get(Peer.LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      socket.abort();
    }
  }

  private static WebSocket.Listener first(CompletableFuture<String> answer) {
    return new WebSocket.Listener() {
      @Override
      public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        answer.complete(text.toString());
        return null;
      }
    };
  }

  static SSLContext context(Path file) throws Exception {
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
                    PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD.toCharArray());
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }
}
