package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library stops listening for good when an accept fails for want of a file descriptor. */
class DescriptorsTest {
  private static final int DESCRIPTORS = 100;
  private static final Path SHELL = Path.of("/bin/sh");

  @TempDir private Path folder;

  @Test
  void aGatewayThatRanOutOfDescriptorsTakesClientsAgainWhenThereAreSome() throws Exception {
    assumeTrue(Files.isExecutable(SHELL), "no shell that could limit a process is here");
    Path log = folder.resolve("gateway.log");
    Process server = spawn(log);
    List<Socket> crowd = new ArrayList<>();
    try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()));
      for (int i = 0; i < DESCRIPTORS; i++) {
        crowd.add(new Socket(address.getAddress(), address.getPort()));
      }
      Awaitility.await()
          .untilAsserted(() -> assertThat(Files.readString(log)).contains("no file descriptors"));

      for (Socket one : crowd) {
        one.close();
      }

      Awaitility.await().atMost(3, TimeUnit.MINUTES).until(() -> canLogIn(address));
    } finally {
      server.getOutputStream().close();
      server.destroy();
      server.waitFor();
    }
  }

  private static boolean canLogIn(InetSocketAddress address) throws IOException {
    try (RawPeer peer = RawPeer.connect(address)) {
      peer.login();
      return true;
    } catch (UncheckedIOException | AssertionError e) {
      return false;
    }
  }

  private static Process spawn(Path log) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            SHELL.toString(),
            "-c",
            "ulimit -n " + DESCRIPTORS + " && exec \"$@\"",
            "sh",
            java,
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            GatewayMain.class.getName())
        .redirectError(log.toFile())
        .start();
  }
}
