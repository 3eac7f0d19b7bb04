package io.promlib.ws;

import io.promlib.ws.internal.Addresses;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts connections, in all and per address, an IPv6 site as one. The first few beyond a limit are
 * let in to be told so; more are not.
 */
final class Admission {
  private static final int TOLD = 16;

  /** What becomes of a connection that was just accepted. */
  enum Verdict {
    WELCOME,
    TELL_IN_ALL,
    TELL_PER_ADDRESS,
    REFUSE
  }

  private final int maxInAll;
  private final int maxPerAddress;
  private final Map<String, Integer> perAddress = new HashMap<>();
  private int all;

  Admission(GatewayLimits limits) {
    maxInAll = limits.maxConnections();
    maxPerAddress = limits.maxPerAddress();
  }

  /** Counts the connection, unless it is refused. */
  synchronized Verdict enter(InetAddress address) {
    String counted = Addresses.counted(address);
    int there = perAddress.getOrDefault(counted, 0);
    if (all >= maxInAll + TOLD || there >= maxPerAddress + TOLD) {
      return Verdict.REFUSE;
    }
    all++;
    perAddress.put(counted, there + 1);
    return there >= maxPerAddress
        ? Verdict.TELL_PER_ADDRESS
        : all > maxInAll ? Verdict.TELL_IN_ALL : Verdict.WELCOME;
  }

  /** One that entered is gone. */
  synchronized void leave(InetAddress address) {
    all--;
    perAddress.computeIfPresent(
        Addresses.counted(address), (key, count) -> count == 1 ? null : count - 1);
  }
}
