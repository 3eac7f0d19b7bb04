package io.promlib.ws.internal;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;

/** Whom an address stands for when its use is counted. */
public final class Addresses {
  /** What a site is given at least (RFC 6177), so that one peer has all addresses in it. */
  private static final int SITE_BYTES = 8;

  private Addresses() {}

  /** An IPv4 address as it is; of an IPv6 address the first 64 bits. */
  public static String counted(InetAddress address) {
    return address instanceof Inet6Address
        ? HexFormat.of().formatHex(address.getAddress(), 0, SITE_BYTES) + "/64"
        : address.getHostAddress();
  }
}
