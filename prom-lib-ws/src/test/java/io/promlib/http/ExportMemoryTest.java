package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Exports that are far larger than the heap of who serves them. By default 100 000 events out of a
 * heap of 24 MiB; {@code -Dprom.export.full=true} makes it 5 million out of 128 MiB, and {@code
 * prom.export.events} and {@code prom.export.heap} any other.
 */
class ExportMemoryTest {
  private static final boolean FULL = Boolean.getBoolean("prom.export.full");
  private static final long EVENTS = Long.getLong("prom.export.events", FULL ? 5_000_000 : 100_000);
  private static final String HEAP = System.getProperty("prom.export.heap", FULL ? "128m" : "24m");

  private Process server;
  private URI address;

  @BeforeEach
  void start() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    server =
        new ProcessBuilder(
                java,
                "-Xmx" + HEAP,
                // With few processors, compiling and collecting beside it cost more than they gain.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                ExportMain.class.getName(),
                Long.toString(EVENTS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    @SuppressWarnings("resource") // It ends with the process.
    BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
    address = URI.create("http://127.0.0.1:" + out.readLine() + "/");
  }

  @AfterEach
  void stop() throws Exception {
    server.getOutputStream().close();
    server.destroy();
    server.waitFor();
  }

  /** What a stream held, but for its END line. */
  private static final class Told {
    private final MessageDigest sum;
    private long events;
    private long lastSeq;
    private String last = "";

    Told() throws Exception {
      sum = MessageDigest.getInstance("SHA-256");
    }

    void take(String line) {
      last = line;
      if (!line.startsWith("{\"op\":")) {
        int at = line.indexOf("\"seq\":") + 6;
        lastSeq = Long.parseLong(line, at, line.indexOf(',', at), 10);
        events++;
        sum.update((line + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }

    String sum() {
      return HexFormat.of().formatHex(sum.digest());
    }
  }

  private InputStream open(String query, boolean gzip) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve("export?topic=" + MadeUpEvents.TOPIC + query))
            .header("Authorization", "Bearer " + EdgeFixture.TOKEN);
    if (gzip) {
      request.header("Accept-Encoding", "gzip");
    }
    HttpResponse<InputStream> answer =
        HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    return gzip ? new GZIPInputStream(answer.body()) : new BufferedInputStream(answer.body());
  }

  private void read(String query, boolean gzip, Told told, long most) throws Exception {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(open(query, gzip), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        told.take(line);
        if (told.events == most) {
          return;
        }
      }
    }
  }

  @Test
  void anExportOfAnyLengthRunsInASmallHeapAndOneThatWasKilledGoesOnToTheSame() throws Exception {
    Told whole = new Told();
    read("", false, whole, Long.MAX_VALUE);
    assertThat(whole.last)
        .isEqualTo("{\"op\":\"END\",\"count\":%d,\"last_seq\":%d}".formatted(EVENTS, EVENTS));
    assertThat(whole.events).isEqualTo(EVENTS);

    Told resumed = new Told();
    read("", false, resumed, EVENTS / 3);
    assertThat(resumed.lastSeq).isEqualTo(EVENTS / 3);
    read("&fromSeq=" + (resumed.lastSeq + 1), true, resumed, Long.MAX_VALUE);

    assertThat(resumed.events).isEqualTo(EVENTS);
    assertThat(resumed.sum()).isEqualTo(whole.sum());
    assertThat(server.isAlive()).isTrue();
  }
}
