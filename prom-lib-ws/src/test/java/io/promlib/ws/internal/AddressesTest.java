package io.promlib.ws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class AddressesTest {

  private static String counted(String hex) {
    try {
      return Addresses.counted(InetAddress.getByAddress(HexFormat.of().parseHex(hex)));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anIpv4AddressCountsByItself() {
    assertThat(counted("c0000201")).isEqualTo("192.0.2.1");
  }

  @Test
  void theIpv6AddressesOfOneSiteCountTogether() {
    String one = counted("20010db8000000010000000000000001");
    assertThat(counted("20010db800000001ffffffffffffffff")).isEqualTo(one);
    assertThat(counted("20010db8000000020000000000000001")).isNotEqualTo(one);
  }
}
