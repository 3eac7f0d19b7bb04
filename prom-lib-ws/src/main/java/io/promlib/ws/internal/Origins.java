package io.promlib.ws.internal;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which pages' scripts may connect. A client that sends no {@code Origin} is no browser. */
public final class Origins {
  private static final Pattern ORIGIN =
      Pattern.compile(
          "[a-z][a-z0-9+.-]*://(\\[[0-9a-f:]+\\]|[^\\s/?#@:\\[\\]]+)(:\\d{1,5})?",
          Pattern.CASE_INSENSITIVE);

  private final Set<String> listed;

  public Origins(Set<String> listed) {
    this.listed =
        listed.stream()
            .map(one -> one.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** An origin has a scheme, a host and perhaps a port; with anything more it would never match. */
  public static void check(String origin) {
    if (!ORIGIN.matcher(origin).matches()) {
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
    String lower = origin.toLowerCase(Locale.ROOT);
    return listed.isEmpty()
        ? isSameHost(lower, host.toLowerCase(Locale.ROOT))
        : listed.contains(lower);
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
