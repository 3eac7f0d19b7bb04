package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * In one process the library's lost wake-ups do not show; with the server in another, half of such
 * runs stall.
 */
class LostWakeupTest {
  private static final int LEAST = 5_000;
  private static final int ROUND_TRIPS = 50_000;

  /** A wake-up that was lost is made good by the next send, which is the end of a lease in 30 s. */
  private static final Duration STALL = Duration.ofSeconds(20);

  /** More than this, and the machine is too slow for so many. */
  private static final Duration ENOUGH = Duration.ofSeconds(8);

  @Test
  void noRoundTripStallsWithOneMessageOutstanding() throws Exception {
    Process server = spawn();
    try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(out.readLine());
      try (RawPeer client =
          RawPeer.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).login()) {
        client.text("{\"op\":\"SUBSCRIBE\",\"topic\":\"t\",\"group\":\"g\"}");
        client.read();
        long worst = 0;
        int done = 0;
        long begin = System.nanoTime();
        while (done < LEAST
            || (done < ROUND_TRIPS && System.nanoTime() - begin < ENOUGH.toNanos())) {
          long sent = System.nanoTime();
          roundTrip(client, "e" + done);
          worst = Math.max(worst, System.nanoTime() - sent);
          done++;
        }
        assertThat(Duration.ofNanos(worst)).as("the longest of %s", done).isLessThan(STALL);
      }
    } finally {
      server.getOutputStream().close();
      server.destroy();
      server.waitFor();
    }
  }

  /**
   * One event out and acked: its OK, the event and the ack's OK are sent by threads of their own.
   */
  private static void roundTrip(RawPeer client, String id) {
    client.text(
        "{\"op\":\"PUBLISH\",\"topic\":\"t\",\"payload\":1,\"opts\":{\"id\":\"" + id + "\"}}");
    client.read();
    client.read();
    client.text("{\"op\":\"ACK\",\"topic\":\"t\",\"group\":\"g\",\"id\":\"" + id + "\"}");
    assertThat(client.read().text()).contains("\"result\":\"ok\"");
  }

  private static Process spawn() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            List.of(
                java,
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                GatewayMain.class.getName()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
