package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission =
      new Admission(GatewayLimits.builder().maxPerAddress(2).build());

  private Admission.Verdict enter(String address) throws Exception {
    return admission.enter(InetAddress.getByName(address));
  }

  @Test
  void theAddressesOfAnIpv6SiteShareTheirLimit() throws Exception {
    assertThat(enter("2001:db8:0:1::1")).isEqualTo(Admission.Verdict.WELCOME);
    assertThat(enter("2001:db8:0:1::2")).isEqualTo(Admission.Verdict.WELCOME);
    assertThat(enter("2001:db8:0:1:ffff::3")).isEqualTo(Admission.Verdict.TELL_PER_ADDRESS);
    assertThat(enter("2001:db8:0:2::1")).isEqualTo(Admission.Verdict.WELCOME);
  }

  @Test
  void aPlaceThatIsLeftIsAnyonesOfTheSite() throws Exception {
    enter("2001:db8:0:1::1");
    enter("2001:db8:0:1::2");
    admission.leave(InetAddress.getByName("2001:db8:0:1::1"));
    assertThat(enter("2001:db8:0:1::3")).isEqualTo(Admission.Verdict.WELCOME);
  }
}
