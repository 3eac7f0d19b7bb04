package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs as processes of their own. */
@Timeout(90)
class ProgramsTest {
  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void theDemoShowsThisVeryProcessAndEndsByItself() throws Exception {
    Process demo = start(Map.of("WS_PORT", "0", "HTTP_PORT", "0"), "demo", "--seconds", "5");

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(demo)).contains("alive").containsPattern(":" + demo.pid() + "(?m)$");
    assertThat(demo.exitValue()).isZero();
  }

  @Test
  void theGatewayWithoutASecretNamesTheVariable() throws Exception {
    Process gateway = start(Map.of("WS_TOKEN", ""), "event-gateway");

    assertThat(gateway.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(gateway)).contains("WS_TOKEN is not set");
    assertThat(gateway.exitValue()).isEqualTo(2);
  }

  @Test
  void anUnknownProgramIsRefused() throws Exception {
    Process unknown = start(Map.of(), "gateways");

    assertThat(unknown.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(unknown)).contains("unknown program 'gateways'");
    assertThat(unknown.exitValue()).isEqualTo(2);
  }

  private Process start(Map<String, String> environment, String... line) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(line));
    File printed = directory.resolve("printed-" + started.size()).toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed);
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private String printed(Process process) throws IOException {
    Path file = directory.resolve("printed-" + started.indexOf(process));
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
