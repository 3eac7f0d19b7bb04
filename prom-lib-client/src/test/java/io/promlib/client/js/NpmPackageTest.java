package io.promlib.client.js;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code npm pack} would put into the package. */
class NpmPackageTest {
  private static final Path SOURCE = Path.of("src", "main", "js");

  @TempDir Path folder;

  @Test
  void theModuleItsTypingsAndItsReadmeAreInItAndNothingElse() throws Exception {
    JsonNode packed = pack();
    assertThat(packed.path("name").asText()).isEqualTo("@prom-lib/client");
    assertThat(packed.findValuesAsText("path"))
        .containsExactlyInAnyOrder(
            "README.md", "package.json", "prom-client.d.mts", "prom-client.mjs");
  }

  @Test
  void whatItNamesIsInIt() throws Exception {
    JsonNode manifest = Json.mapper().readTree(SOURCE.resolve("package.json").toFile());
    List<String> named =
        List.of(
            manifest.path("types").asText(),
            manifest.at("/exports/./types").asText(),
            manifest.at("/exports/./default").asText());
    assertThat(pack().findValuesAsText("path").stream().map(file -> "./" + file))
        .containsAll(named);
  }

  /** Writes no package and asks no registry. */
  private JsonNode pack() throws IOException, InterruptedException {
    assumeTrue(OnPath.has("npm"), "npm is not on the PATH");
    Path out = folder.resolve("out");
    Path errors = folder.resolve("errors");
    Process npm =
        new ProcessBuilder(
                "npm",
                "pack",
                "--dry-run",
                "--json",
                "--offline",
                "--ignore-scripts",
                "--cache",
                folder.resolve("cache").toString())
            .directory(SOURCE.toFile())
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile())
            .start();
    boolean ended = npm.waitFor(120, TimeUnit.SECONDS);
    npm.destroyForcibly().waitFor();
    assertThat(ended).as("npm ends within 120 s").isTrue();
    assertThat(npm.exitValue()).as("npm said: " + Files.readString(errors)).isZero();
    return Json.mapper().readTree(out.toFile()).path(0);
  }
}
