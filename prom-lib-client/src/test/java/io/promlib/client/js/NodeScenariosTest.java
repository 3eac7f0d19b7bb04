package io.promlib.client.js;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.promlib.event.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios in Node, each a test of its own. */
class NodeScenariosTest {
  @TempDir Path directory;

  @TestFactory
  List<DynamicTest> scenarios() throws Exception {
    int version = version();
    assumeTrue(version >= 20, "needs node, 20 or later, on the PATH");
    Path out = directory.resolve("results");
    try (ControlServer control = new ControlServer()) {
      Process node =
          new ProcessBuilder(command(version, "node.mjs", control.address()))
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      boolean ended = node.waitFor(300, TimeUnit.SECONDS);
      node.destroyForcibly().waitFor();
      String printed = Files.readString(out, StandardCharsets.UTF_8);
      assertThat(ended).as("node did not end; it printed: " + printed).isTrue();
      assertThat(node.exitValue()).as("node printed: " + printed).isZero();
      return tests(printed);
    }
  }

  @Test
  void aProcessWhoseClientsAreClosedEndsByItself() throws Exception {
    int version = version();
    assumeTrue(version >= 20, "needs node, 20 or later, on the PATH");
    Path out = directory.resolve("exit");
    try (World world = new World(Json.mapper().createObjectNode())) {
      Process node =
          new ProcessBuilder(command(version, "exits.mjs", world.url()))
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      // The client's own times are an hour each.
      boolean ended = node.waitFor(120, TimeUnit.SECONDS);
      node.destroyForcibly().waitFor();
      String printed = Files.readString(out, StandardCharsets.UTF_8);
      assertThat(printed).isEqualTo("closed closed\n");
      assertThat(ended).as("it ended by itself").isTrue();
    }
  }

  private static List<DynamicTest> tests(String printed) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String line : printed.split("\n", -1)) {
      if (line.startsWith("{\"scenario\"")) {
        tests.add(Results.test(Json.mapper().readTree(line)));
      }
    }
    assertThat(tests).as("node printed: " + printed).hasSizeGreaterThan(30);
    return tests;
  }

  private static List<String> command(int version, String script, String address) {
    List<String> command = new ArrayList<>(List.of("node", "--no-warnings"));
    if (version < 22) {
      command.add("--experimental-websocket");
    }
    command.add(Path.of("src", "test", "js", script).toString());
    command.add(address);
    return command;
  }

  /** The first number of what is on the PATH; 0 if there is none. */
  private static int version() throws IOException {
    if (!OnPath.has("node")) {
      return 0;
    }
    Process asked = new ProcessBuilder("node", "--version").start();
    try (BufferedReader out = asked.inputReader(StandardCharsets.UTF_8)) {
      String said = String.valueOf(out.readLine());
      return said.matches("v\\d+\\..*")
          ? Integer.parseInt(said.substring(1, said.indexOf('.')))
          : 0;
    }
  }
}
