package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  void watchFollowsTheDemoFromAProcessOfItsOwn() throws Exception {
    Process demo = start(Map.of("WS_PORT", "0", "HTTP_PORT", "0"), "demo");
    String url = awaited(demo, "gateway +(\\S+)");
    String token = awaited(demo, "token +(\\S+)");

    Process watch = start(Map.of("WS_URL", url, "WS_TOKEN", token), "watch", "--seconds", "4");
    Process stranger = start(Map.of("WS_URL", url, "WS_TOKEN", "a-guess"), "watch");

    assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(watch)).contains("alive").contains(":" + demo.pid());
    assertThat(watch.exitValue()).isZero();
    assertThat(stranger.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(stranger)).contains("bad_token").doesNotContain("alive");
    assertThat(stranger.exitValue()).isEqualTo(1);
  }

  @Test
  void watchSaysWhyThereIsNoConnection() throws Exception {
    Process watch = start(Map.of("WS_URL", "ws://127.0.0.1:1/", "WS_TOKEN", "t"), "watch");

    assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed(watch)).contains("no connection to ws://127.0.0.1:1/").contains("refused");
    assertThat(watch.exitValue()).isEqualTo(1);
  }

  @Test
  void theGatewayTakesEventsUntilItIsTerminated() throws Exception {
    Process gateway =
        start(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "WS_TOKEN", "a-secret"), "event-gateway");
    String http = awaited(gateway, "http +(\\S+)");

    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(http + "publish/order.placed?id=A-1"))
                    .header("Authorization", "Bearer a-secret")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"cents\":1250}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    gateway.destroy();

    assertThat(answer.body()).isEqualTo("{\"id\":\"A-1\",\"seq\":1,\"duplicate\":false}");
    assertThat(gateway.waitFor(30, TimeUnit.SECONDS)).isTrue();
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

  /** What stands in the first group of the pattern, once the process printed it. */
  private String awaited(Process process, String pattern) {
    Pattern sought = Pattern.compile(pattern + "\\R");
    return await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              Matcher matcher = sought.matcher(printed(process));
              return matcher.find() ? matcher.group(1) : "";
            },
            found -> !found.isEmpty());
  }

  private String printed(Process process) throws IOException {
    Path file = directory.resolve("printed-" + started.indexOf(process));
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
