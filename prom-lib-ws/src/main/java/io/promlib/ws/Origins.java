package io.promlib.ws;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which pages' scripts may connect. A client that sends no {@code Origin} is no browser. */
final class Origins {
  private final Set<String> listed;

  Origins(Set<String> listed) {
    this.listed =
        listed.stream()
            .map(one -> one.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** If none is listed, pages of the host that was asked, on any port: an edge's own. */
  boolean allows(String origin, String host) {
    if (origin.isEmpty()) {
      return true;
    }
    String lower = origin.toLowerCase(Locale.ROOT);
    return listed.isEmpty()
        ? isSameHost(lower, host.toLowerCase(Locale.ROOT))
        : listed.contains(lower);
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
