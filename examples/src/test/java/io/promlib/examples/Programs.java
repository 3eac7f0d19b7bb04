package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Programs started as processes of their own, and what they print, errors among it. */
final class Programs {
  private final Path folder;
  private final List<Process> started = new ArrayList<>();

  Programs(Path folder) {
    this.folder = folder;
  }

  Process start(Map<String, String> environment, String... line) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(line));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("printed-" + started.size()).toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** The address of a database that may be slow to answer. */
  static String patient(String mongo) {
    return mongo + (mongo.contains("?") ? "&" : "?") + "serverSelectionTimeoutMS=60000";
  }

  /** What the token program prints. */
  static String token(Map<String, String> environment, String... options) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = new Token(InstantSource.system()).run(List.of(options), environment, print);
    assertThat(code).isZero();
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  /** Waits until it ended by itself, and returns its exit code. */
  int ended(Process process) throws InterruptedException {
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /** What stands in the first group of the pattern, once the process printed it. */
  String awaited(Process process, String pattern) {
    Pattern sought = Pattern.compile(pattern + "\\R");
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              Matcher matcher = sought.matcher(printed(process));
              return matcher.find() ? matcher.group(1) : "";
            },
            found -> !found.isEmpty());
  }

  String printed(Process process) throws IOException {
    Path file = folder.resolve("printed-" + started.indexOf(process));
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  /** Ends those that run yet. */
  void close() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }
}
