package io.promlib.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.store.Backoff;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** What a client was built with, checked; see {@link EventClientBuilder}. */
record ClientSettings(
    URI gateway,
    Supplier<String> token,
    @Nullable SSLContext tls,
    Duration requestTimeout,
    Duration gracePeriod,
    Duration keepAlive,
    Backoff reconnect,
    int maxPublishes,
    int maxEventBytes,
    int maxFrameBytes,
    ObjectMapper mapper,
    ClientStateListener listener) {

  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final int MIB = 1024 * 1024;

  ClientSettings {
    String scheme = gateway.getScheme();
    if (!"ws".equals(scheme) && !"wss".equals(scheme)) {
      throw new IllegalArgumentException("gateway must be a ws: or wss: address, is " + gateway);
    }
    if (gateway.getHost() == null) {
      throw new IllegalArgumentException("gateway must name a host, is " + gateway);
    }
    if (tls != null && !"wss".equals(scheme)) {
      throw new IllegalArgumentException(
          "tls is given, so gateway must be a wss: address, is " + gateway);
    }
    Limits.between("requestTimeout in ms", requestTimeout, 10, HOUR);
    Limits.between("gracePeriod in ms", gracePeriod, 0, HOUR);
    Limits.between("keepAlive in ms", keepAlive, 100, HOUR);
    Limits.between("maxPublishesInFlight", maxPublishes, 1, 100_000);
    Limits.between("maxEventBytes", maxEventBytes, 1, 64 * MIB);
    Limits.between("maxFrameBytes", maxFrameBytes, 1024, 128 * MIB);
  }
}
