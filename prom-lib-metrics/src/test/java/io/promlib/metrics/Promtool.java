package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs Prometheus's own checks; a test that needs them is skipped where they are not installed. */
final class Promtool {
  private Promtool() {}

  /** What one run said on both its outputs, and its exit code. */
  record Result(int code, String said) {}

  static Result run(String input, String... arguments) throws IOException, InterruptedException {
    assumeTrue(isInstalled(), "promtool is not on the PATH");
    Path in = Files.writeString(Files.createTempFile("promtool", ".in"), input);
    Path out = Files.createTempFile("promtool", ".out");
    try {
      Process process =
          new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList())
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectErrorStream(true)
              .start();
      boolean ended = process.waitFor(120, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertThat(ended).as("promtool ends within 120 s").isTrue();
      return new Result(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
    } finally {
      Files.delete(in);
      Files.delete(out);
    }
  }

  private static boolean isInstalled() {
    String path = System.getenv("PATH");
    return path != null
        && List.of(path.split(System.getProperty("path.separator"))).stream()
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
  }
}
