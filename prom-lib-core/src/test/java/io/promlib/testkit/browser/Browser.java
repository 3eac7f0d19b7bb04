package io.promlib.testkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium of its own, for the tests of one class. Its process and its profile go with
 * {@link #close()}.
 */
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final String LISTENING = "DevTools listening on ";

  private final Process process;
  private final Path profile;
  private final DevTools tools;

  private Browser(Process process, Path profile, DevTools tools) {
    this.process = process;
    this.profile = profile;
    this.tools = tools;
  }

  /** Starts one; where the PATH has none, the test is skipped. */
  public static Browser start() {
    Optional<Path> program = onPath();
    Assumptions.assumeTrue(program.isPresent(), "needs one of " + NAMES + " on the PATH");
    try {
      Path profile = Files.createTempDirectory("prom-lib-browser");
      Process process =
          new ProcessBuilder(
                  program.get().toString(),
                  "--headless=new",
                  "--remote-debugging-port=0",
                  "--user-data-dir=" + profile,
                  "--no-sandbox",
                  "--no-first-run",
                  "--no-default-browser-check",
                  "--disable-gpu",
                  "--disable-dev-shm-usage",
                  "--disable-extensions",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                  "about:blank")
              .redirectErrorStream(true)
              .start();
      CompletableFuture<String> address = new CompletableFuture<>();
      Thread reader = new Thread(() -> read(process, address), "browser-output");
      reader.setDaemon(true);
      reader.start();
      try {
        return new Browser(process, profile, DevTools.connect(address.get(60, TimeUnit.SECONDS)));
      } catch (Exception e) {
        end(process);
        delete(profile);
        throw new IllegalStateException(program.get() + " did not start: " + e.getMessage(), e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Opens a page in a tab of its own, with no cookies or storage of others; returns once loaded.
   */
  public Page open(String url) {
    String context =
        tools
            .call(null, "Target.createBrowserContext", DevTools.object())
            .path("browserContextId")
            .asText();
    JsonNode target =
        tools.call(
            null,
            "Target.createTarget",
            DevTools.object().put("url", "about:blank").put("browserContextId", context));
    String session =
        tools
            .call(
                null,
                "Target.attachToTarget",
                DevTools.object()
                    .put("targetId", target.path("targetId").asText())
                    .put("flatten", true))
            .path("sessionId")
            .asText();
    Page page = new Page(tools, session, context);
    page.go(url);
    return page;
  }

  @Override
  public void close() {
    tools.close();
    end(process);
    delete(profile);
  }

  private static Optional<Path> onPath() {
    String path = System.getenv("PATH");
    if (path == null) {
      return Optional.empty();
    }
    return NAMES.stream()
        .flatMap(name -> Stream.of(path.split(File.pathSeparator, -1)).map(d -> Path.of(d, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static void read(Process process, CompletableFuture<String> address) {
    StringBuilder said = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(LISTENING)) {
          address.complete(line.substring(LISTENING.length()).trim());
        } else if (!address.isDone()) {
          said.append(line).append('\n');
        }
      }
    } catch (IOException e) {
      said.append(e);
    }
    address.completeExceptionally(new IOException("it ended: " + said));
  }

  private static void end(Process process) {
    List<ProcessHandle> helpers = process.descendants().toList();
    process.destroyForcibly();
    helpers.forEach(ProcessHandle::destroyForcibly);
    Stream.concat(Stream.of(process.toHandle()), helpers.stream())
        .forEach(handle -> handle.onExit().orTimeout(60, TimeUnit.SECONDS).join());
  }

  /* Helpers that began while the others were ended may still write there. */
  private static void delete(Path directory) {
    Awaitility.await().ignoreExceptions().until(() -> isDeleted(directory));
  }

  private static boolean isDeleted(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    return Files.notExists(directory);
  }
}
