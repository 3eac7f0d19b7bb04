package io.promlib.ops;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** Counts requests at work, in all and per address. */
final class Places {
  /** What a site is given at least (RFC 6177), so that one peer has all addresses in it. */
  private static final int SITE_BYTES = 8;

  private final OpsLimits limits;
  private final Map<String, Integer> taken = new HashMap<>();
  private int all;

  Places(OpsLimits limits) {
    this.limits = limits;
  }

  /** Whom an address counts for: an IPv6 address by its first 64 bits. */
  static String counted(InetAddress address) {
    return address instanceof Inet6Address
        ? HexFormat.of().formatHex(address.getAddress(), 0, SITE_BYTES) + "/64"
        : address.getHostAddress();
  }

  /** Takes a place, which {@link #give} gives back. */
  synchronized void take(String address) throws OpsError {
    if (taken.getOrDefault(address, 0) >= limits.maxPerAddress()) {
      throw OpsError.tooMany("this address has as many requests at work as it may; try again");
    }
    if (all >= limits.maxRequests()) {
      throw OpsError.tooMany("the ops server has as many requests as it may; try again");
    }
    all++;
    taken.merge(address, 1, Integer::sum);
  }

  synchronized void give(String address) {
    all--;
    taken.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }
}
