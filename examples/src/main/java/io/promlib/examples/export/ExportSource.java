package io.promlib.examples.export;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** An edge's {@code /export}. */
final class ExportSource {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MOST_OF_A_REFUSAL = 64 << 10;

  private final HttpClient client;
  private final URI edge;
  private final String token;
  private final boolean gzip;

  ExportSource(URI edge, String token, boolean gzip, @Nullable SSLContext tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(PATIENCE);
    if (tls != null) {
      builder.sslContext(tls);
    }
    client = builder.build();
    this.edge = edge;
    this.token = token;
    this.gzip = gzip;
  }

  /**
   * A stream of lines.
   *
   * @param from the first position that it covers
   * @param to the last one
   */
  record Answer(InputStream lines, long from, long to) {}

  /**
   * Asks for the events that the fields choose.
   *
   * @throws IOException with the edge's own words if it refuses
   */
  Answer open(Map<String, String> fields) throws IOException, InterruptedException {
    String query =
        fields.entrySet().stream()
            .map(
                field ->
                    field.getKey()
                        + "="
                        + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(edge.resolve("export?" + query))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + token);
    if (gzip) {
      request.header("Accept-Encoding", "gzip");
    }
    HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      throw refused(answer);
    }
    boolean packed = answer.headers().firstValue("Content-Encoding").orElse("").equals("gzip");
    return new Answer(
        packed ? new GZIPInputStream(answer.body(), 64 << 10) : answer.body(),
        answer.headers().firstValueAsLong("X-Export-From-Seq").orElse(1),
        answer.headers().firstValueAsLong("X-Export-To-Seq").orElse(0));
  }

  private static IOException refused(HttpResponse<InputStream> answer) throws IOException {
    byte[] body;
    try (InputStream in = answer.body()) {
      body = in.readNBytes(MOST_OF_A_REFUSAL);
    }
    String why = "";
    try {
      JsonNode error = Json.mapper().readTree(body);
      why = ": " + error.path("error").asText() + ", " + error.path("message").asText();
    } catch (IOException noJson) {
      // It is no edge of ours that answers; its status is all there is to say.
    }
    return new IOException("the edge refuses with " + answer.statusCode() + why);
  }
}
