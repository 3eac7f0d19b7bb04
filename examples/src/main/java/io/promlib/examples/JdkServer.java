package io.promlib.examples;

import java.util.Map;
import java.util.Properties;

/**
 * What the JDK's HTTP server takes in before the edge is asked. It reads these bounds once, from
 * the system's properties.
 */
final class JdkServer {
  private static final Map<String, String> BOUNDS =
      Map.of(
          "jdk.httpserver.maxConnections", "10000",
          "sun.net.httpserver.maxReqHeaderSize", "32768");

  private JdkServer() {}

  /** Sets what was not chosen on the command line. */
  static void bound(Properties properties) {
    BOUNDS.forEach(properties::putIfAbsent);
  }
}
