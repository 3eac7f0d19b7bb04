package io.promlib.jwt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a JWKS, in the caller's thread and with a connection for each time, so that nothing is
 * left behind. Redirects are not followed.
 */
final class JwksEndpoint {

  static final int MAX_BYTES = 256 * 1024;

  private final URI url;
  private final Duration connectTimeout;
  private final Duration readTimeout;
  private final @Nullable SSLContext tls;

  /**
   * Checks the address.
   *
   * @throws IllegalArgumentException if it is not https, nor http on the loopback address, or holds
   *     a user's name or a fragment
   */
  JwksEndpoint(URI url, Duration connectTimeout, Duration readTimeout, @Nullable SSLContext tls) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "jwksUrl must be a plain address with a host: https://host/path");
    }
    if (!scheme.equals("https") && !(scheme.equals("http") && isLoopback(url.getHost()))) {
      throw new IllegalArgumentException(
          "jwksUrl must be https: over http anyone on the way could put in keys of their own; http"
              + " is accepted on the loopback address only");
    }
    this.url = url;
    this.connectTimeout = connectTimeout;
    this.readTimeout = readTimeout;
    this.tls = tls;
  }

  // By the text alone: a name that resolves to the loopback address today may not tomorrow.
  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.\\d{1,3}){3}");
  }

  /** The body of the answer. */
  byte[] fetch() throws JwksException {
    HttpURLConnection connection = open();
    // The timeouts of a socket are for each read: a handshake or a head that trickles in would
    // never end. The timer is the JDK's, so that there is none of ours to close.
    CompletableFuture<Void> cut =
        CompletableFuture.runAsync(
            connection::disconnect,
            CompletableFuture.delayedExecutor(
                connectTimeout.plus(readTimeout).toMillis(), TimeUnit.MILLISECONDS));
    try {
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new JwksException("the key server answered with status " + status);
      }
      try (InputStream body = connection.getInputStream()) {
        return read(body);
      }
    } catch (IOException | RuntimeException e) {
      throw e instanceof SocketTimeoutException || cut.isDone() ? tooSlow() : unreachable(e);
    } finally {
      cut.cancel(false);
      connection.disconnect();
    }
  }

  private HttpURLConnection open() throws JwksException {
    try {
      HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
      if (tls != null && connection instanceof HttpsURLConnection https) {
        https.setSSLSocketFactory(tls.getSocketFactory());
      }
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setConnectTimeout((int) connectTimeout.toMillis());
      connection.setReadTimeout((int) readTimeout.toMillis());
      connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
      connection.setRequestProperty("Connection", "close");
      return connection;
    } catch (IOException | RuntimeException e) {
      throw unreachable(e);
    }
  }

  private byte[] read(InputStream body) throws IOException, JwksException {
    long begun = System.nanoTime();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8 * 1024];
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      bytes.write(buffer, 0, n);
      if (bytes.size() > MAX_BYTES) {
        throw new JwksException("the answer has more than " + MAX_BYTES + " bytes");
      }
      if (System.nanoTime() - begun > readTimeout.toNanos()) {
        throw tooSlow();
      }
    }
    return bytes.toByteArray();
  }

  private static JwksException tooSlow() {
    return new JwksException("the key server took too long");
  }

  private static JwksException unreachable(Exception e) {
    return new JwksException(
        "the key server could not be reached (" + e.getClass().getSimpleName() + ")");
  }
}
