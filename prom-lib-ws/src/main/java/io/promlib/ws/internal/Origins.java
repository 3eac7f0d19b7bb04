package io.promlib.ws.internal;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which pages' scripts may connect. A client that sends no {@code Origin} is no browser. */
public final class Origins {
  /**
   * What sandboxed pages, files and some redirects send (WHATWG HTML, "serialization of an
   * origin").
   */
  private static final String OPAQUE = "null";

  private static final Pattern ORIGIN =
      Pattern.compile(
          "([a-z][a-z0-9+.-]*)://(\\[[0-9a-f:]+]|[^\\s/?#@:;,\\[\\]]+)(?::(\\d{1,5}))?");

  private final Set<String> listed;

  public Origins(Set<String> listed) {
    this.listed = listed.stream().map(Origins::normal).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * An origin has a scheme, a host and perhaps a port, or is {@code null}; with anything more it
   * would never match.
   */
  public static void check(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    if (!lower.equals(OPAQUE) && !ORIGIN.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          "an origin is scheme://host or scheme://host:port and nothing more, such as"
              + " https://example.org, is '"
              + origin
              + "'");
    }
  }

  /** If none is listed, pages of the host that was asked, on any port: an edge's own. */
  public boolean allows(String origin, String host) {
    if (origin.isEmpty()) {
      return true;
    }
    return listed.isEmpty()
        ? isSameHost(origin.toLowerCase(Locale.ROOT), host.toLowerCase(Locale.ROOT))
        : listed.contains(normal(origin));
  }

  /** One spelling for each origin: in lower case, without the scheme's own port, IPv6 in full. */
  private static String normal(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    Matcher parts = ORIGIN.matcher(lower);
    if (!parts.matches()) {
      return lower;
    }
    String scheme = parts.group(1);
    String port = parts.group(3);
    String own =
        switch (scheme) {
          case "http", "ws" -> "80";
          case "https", "wss" -> "443";
          default -> "";
        };
    return scheme
        + "://"
        + host(parts.group(2))
        + (port == null || port.equals(own) ? "" : ":" + port);
  }

  private static String host(String host) {
    if (!host.startsWith("[")) {
      return host;
    }
    try {
      // Brackets hold an address, so no name is looked up.
      return "[" + InetAddress.getByName(host).getHostAddress() + "]";
    } catch (UnknownHostException e) {
      return host;
    }
  }

  /** Whether this very origin was listed, not only let in as an edge's own. */
  public boolean lists(String origin) {
    return listed.contains(origin.toLowerCase(Locale.ROOT));
  }

  private static boolean isSameHost(String origin, String host) {
    try {
      String name = URI.create(origin).getHost();
      return name != null && name.equals(URI.create("ws://" + host).getHost());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
