package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.client.EventClient;
import io.promlib.event.Topic;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bus, gateway, HTTP edge and client, opened, used and closed, leave nothing behind. */
@Timeout(300)
class LeakTest {
  private static final Topic<String> WORDS = Topic.of("leak.words", String.class);
  private static final String TOKEN = "leak-test-token";
  private static final Authenticator AUTH = StaticTokenAuthenticator.of(TOKEN);
  private static final int ROUNDS = 10;

  @Test
  void closingEverythingEndsEveryThread() throws Exception {
    // Once beforehand, for what the JVM itself starts on first use and keeps.
    openUseAndClose();
    Map<String, Long> before = threads();

    for (int round = 0; round < ROUNDS; round++) {
      openUseAndClose();
    }

    await()
        .pollInSameThread()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(
            () -> {
              assertThat(more(before)).isEmpty();
              assertThat(threads().keySet()).noneMatch(name -> name.startsWith("prom-"));
            });
  }

  @Test
  void closingEverythingClosesEverySocket() throws Exception {
    Assumptions.assumeTrue(
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean,
        "open files can only be counted on Unix");
    openUseAndClose();
    long before = openFiles();

    for (int round = 0; round < ROUNDS; round++) {
      openUseAndClose();
    }

    // The JVM opens a few by itself when it first needs them; a leak is one for each round.
    await()
        .pollInSameThread()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(openFiles()).isLessThan(before + ROUNDS));
  }

  private static void openUseAndClose() throws Exception {
    EdgeSettings settings =
        EdgeSettings.of(new Environment(Map.of("WS_PORT", "0", "HTTP_PORT", "0", "OPS_PORT", "0")));
    CountDownLatch got = new CountDownLatch(2);
    try (EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings, AUTH);
        EventClient client =
            EventClient.builder(URI.create(edges.wsAddress())).token(TOKEN).connect()) {
      bus.subscribe(WORDS, "inside", delivery -> got.countDown());
      client.subscribe(WORDS, "outside", delivery -> got.countDown());
      publishOverHttp(edges);
      assertThat(got.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void publishOverHttp(Edges edges) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(edges.httpAddress() + "publish/" + WORDS.name()))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("\"word\""))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
  }

  /* Without workers of its own: their number goes with the load, and is not what is counted here. */
  private static final HttpClient HTTP = HttpClient.newBuilder().executor(Runnable::run).build();

  /** The names of the live threads, without their numbers, and how many have each. */
  private static Map<String, Long> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(thread -> thread.getName().replaceAll("\\d+", "N"))
        .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
  }

  private static Map<String, Long> more(Map<String, Long> before) {
    Map<String, Long> more = threads();
    more.entrySet().removeIf(now -> now.getValue() <= before.getOrDefault(now.getKey(), 0L));
    return more;
  }

  private static long openFiles() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }
}
