package io.promlib.metrics;

import static io.promlib.metrics.Bench.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.Collector;
import io.promlib.testkit.Received;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a scraper gets. */
class ExpositionTest {
  private static final String OPENMETRICS = "application/openmetrics-text; version=1.0.0";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Bench bench = new Bench();
  private final HttpServer server = server();

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void start() {
    bench.subscribe(options(), new Received());
    bench.publish(2);
    bench.run();
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    bench.close();
  }

  @Test
  void thePlainTextFormatIsTheDefault() {
    Scrape scrape = bench.metrics.scrape(null);
    assertThat(scrape.contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(scrape.body())
        .contains("\n# TYPE events_published_total counter\n")
        .contains("\nevents_published_total{topic=\"orders.placed\",} 2.0\n")
        .contains("\n# TYPE delivery_latency_ms histogram\n")
        .endsWith("\n")
        .doesNotContain("# EOF");
    assertThat(bench.metrics.scrape("text/html")).isEqualTo(scrape);
  }

  @Test
  void openMetricsIsGivenToWhoAcceptsIt() {
    Scrape scrape = bench.metrics.scrape(OPENMETRICS + ",text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
    assertThat(scrape.contentType()).isEqualTo(OPENMETRICS + "; charset=utf-8");
    assertThat(scrape.body())
        .contains("\n# TYPE events_published counter\n")
        .contains("\nevents_published_total{topic=\"orders.placed\"} 2.0\n")
        .endsWith("# EOF\n");
  }

  @Test
  void noSeriesTellsWhenAnotherBegan() {
    assertThat(bench.metrics.scrape(null).body()).doesNotContain("_created");
    assertThat(bench.metrics.scrape(OPENMETRICS).body()).doesNotContain("_created");
    bench.metrics.gauge("orders_created", "A gauge whose name ends so.").set(3);
    assertThat(bench.metrics.scrape(null).body()).contains("\norders_created 3.0\n");
  }

  @Test
  void aScrapeIsServedAtItsPath() throws Exception {
    bench.metrics.expose(server, "/metrics");
    HttpResponse<String> answer = send("GET", "/metrics", OPENMETRICS);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains(OPENMETRICS + "; charset=utf-8");
    assertThat(answer.body()).contains("\nevents_acked_total{").endsWith("# EOF\n");
    assertThat(send("GET", "/metrics?a=b", "*/*").body()).contains("\nevents_acked_total{");
  }

  @Test
  void aHeadHasNoBody() throws Exception {
    bench.metrics.expose(server, "/metrics");
    HttpResponse<String> answer = send("HEAD", "/metrics", "*/*");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).isPresent();
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void otherMethodsAndDeeperPathsAreRefused() throws Exception {
    bench.metrics.expose(server, "/metrics");
    HttpResponse<String> post = send("POST", "/metrics", "*/*");
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
    assertThat(send("GET", "/metrics/more", "*/*").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/metricsmore", "*/*").statusCode()).isEqualTo(404);
  }

  @Test
  void aCollectorThatFailsIsAServersError() throws Exception {
    bench.metrics.expose(server, "/metrics");
    bench.metrics.registry().register(new Failing());
    assertThat(send("GET", "/metrics", "*/*").statusCode()).isEqualTo(500);
  }

  @Test
  void afterTheCloseNothingIsServed() throws Exception {
    bench.metrics.expose(server, "/metrics");
    bench.metrics.close();
    assertThat(send("GET", "/metrics", "*/*").statusCode()).isEqualTo(404);
    assertThatThrownBy(() -> bench.metrics.expose(server, "/metrics"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aPathThatIsNoneIsRefused() {
    assertThatThrownBy(() -> bench.metrics.expose(server, "metrics"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("begin with a slash")
        .hasMessageContaining("is metrics");
  }

  @Test
  void aContextThatTheHostRemovedItselfDoesNotHinderTheClose() {
    bench.metrics.expose(server, "/metrics");
    server.removeContext("/metrics");
    bench.metrics.close();
  }

  private HttpResponse<String> send(String method, String path, String accept) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    return HTTP.send(
        HttpRequest.newBuilder(uri)
            .method(method, BodyPublishers.noBody())
            .header("Accept", accept)
            .build(),
        BodyHandlers.ofString());
  }

  /** It fails from its first scrape on. */
  private static final class Failing extends Collector implements Collector.Describable {
    @Override
    public List<MetricFamilySamples> describe() {
      return List.of();
    }

    @Override
    public List<MetricFamilySamples> collect() {
      throw new IllegalStateException("boom");
    }
  }
}
