package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventRecord;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpInputTest extends EdgeFixture {
  private static final String ONE = length(1) + "1";

  private RawHttp.Answer body(byte[] bytes) {
    return raw(head("/publish/t") + length(bytes.length), bytes);
  }

  private void assertNothingStored() {
    assertThat(stored("t")).isEmpty();
  }

  @Test
  void aBodyIsReadAsStrictlyAsALine() {
    assertError(publish("/publish/t", "{\"a\":1,\"a\":2}"), 400, "bad_json", "Duplicate field 'a'");
    assertError(publish("/publish/t", "[".repeat(201) + "]".repeat(201)), 400, "bad_json", "depth");
    assertError(publish("/publish/t", "1".repeat(1001)), 400, "bad_json", "length");
    assertError(publish("/publish/t", "\"secret"), 400, "bad_json", "ends before");
    assertThat(publish("/publish/t", "secret").body()).doesNotContain("secret");
    assertNothingStored();
    assertThat(publish("/publish/t", "[".repeat(200) + "]".repeat(200)).statusCode())
        .isEqualTo(200);
    assertThat(publish("/publish/t", "1".repeat(1000)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void otherEncodingsAreRefusedByName(String charset) {
    assertError(body("{\"a\":1}".getBytes(Charset.forName(charset))), 400, "bad_json", "UTF-8");
    assertNothingStored();
  }

  @Test
  void whatIsNotUtf8IsRefusedWithItsPlace() {
    assertError(
        body(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '1'}),
        400,
        "bad_json",
        "byte order mark");
    assertError(body(new byte[] {'"', (byte) 0xFC, '"'}), 400, "bad_json", "byte 1");
    assertError(body(new byte[] {'"', (byte) 0xC0, (byte) 0xAF, '"'}), 400, "bad_json", "byte 1");
    assertError(
        body(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}),
        400,
        "bad_json",
        "byte 1");
    assertNothingStored();
  }

  @ParameterizedTest
  @CsvSource({
    "idd=x, 'idd; there are id, key, ts'",
    "ID=x, ID",
    "access_token=x, access_token",
    "id=a&id=b, id twice",
    "id=, id must",
    "id, id must",
    "key=%FF, key is not percent-encoded UTF-8",
    "key=%ED%A0%80, key is not",
    "key=%4, key is not",
    "key=%zz, key is not",
    "ts=, ts must",
    "ts=+5, ts must",
    "ts=1e3, ts must",
    "ts=%D9%A1, ts must",
    "ts=9999999999999999999, ts must"
  })
  void aQueryIsReadByItsRules(String query, String inMessage) {
    RawHttp.Answer answer = raw(head("/publish/t?" + query) + ONE, "");
    if (answer.text().contains("URISyntax")) { // The JDK's server looks first.
      assertThat(answer.status()).isEqualTo(400);
    } else {
      assertError(answer, 400, "bad_request", inMessage);
    }
    assertNothingStored();
  }

  @Test
  void aTokenInTheQueryIsNeverTaken() {
    HttpResponse<String> answer =
        send(
            request("/publish/t?access_token=" + TOKEN)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("1")));
    assertError(answer, 401, "no_token", "Authorization");
    assertThat(publish("/publish/t?" + TOKEN, "1").body()).doesNotContain(TOKEN);
    assertNothingStored();
  }

  @Test
  void aKeyMayHoldAnyTextThatIsPercentEncoded() {
    assertThat(publish("/publish/t?key=%C3%BC%2B+%F0%9F%98%80", "1").statusCode()).isEqualTo(200);
    assertThat(stored("t").get(0).key()).isEqualTo("ü+ \uD83D\uDE00");
  }

  @Test
  void eventHeadersAreAsciiAndThereOnce() {
    String start = head("/publish/t");
    assertError(
        raw(start + "X-Event-A: 1\r\nx-event-a: 2\r\n" + ONE, ""), 400, "bad_request", "x-event-a");
    assertError(
        raw(start + "X-Event-A: \u00fc\r\n" + ONE, ""), 400, "bad_request", "printable ASCII");
    assertError(raw(start + "X-Event-: 1\r\n" + ONE, ""), 400, "bad_request", "needs a name");
    StringBuilder many = new StringBuilder(start);
    for (int i = 0; i <= 100; i++) {
      many.append("X-Event-H").append(i).append(": v\r\n");
    }
    assertError(raw(many + ONE, ""), 413, "too_large", "100 headers");
    String large = "X-Event-A: " + "v".repeat(64 << 10) + "\r\n";
    assertError(raw(start + large + ONE, ""), 413, "too_large", "65536 bytes");
    assertNothingStored();
    assertThat(raw(start + "X-Event-Trace-Id: a b~\r\n" + ONE, "").status()).isEqualTo(200);
    EventRecord event = stored("t").get(0);
    assertThat(event.headers()).containsOnly(Map.entry("trace-id", "a b~"));
  }

  @Test
  void aBatchTakesNothingFromTheRequestThatNoLineWouldGet() {
    String line = "{\"payload\":1}";
    assertError(batch("/publish/t?id=x", line), 400, "bad_request", "in its lines");
    assertError(
        send(publishing("/publish/t", "application/x-ndjson", line).header("X-Event-A", "1")),
        400,
        "bad_request",
        "in its lines");
    assertNothingStored();
  }

  @Test
  void aLineIsReadByTheRulesOfTheWire() {
    String start = "{\"payload\":1,";
    assertError(
        batch("/publish/t", start + "\"key\":\"\\ud800\"}"), 400, "bad_request", "line 1: key");
    assertError(
        batch("/publish/t", start + "\"id\":\"a\\udc00\"}"), 400, "bad_request", "line 1: id");
    assertError(
        batch("/publish/t", start + "\"headers\":{\"h\":\"\\ud800x\"}}"),
        400,
        "bad_request",
        "line 1: headers");
    assertError(
        batch("/publish/t", start + "\"tags\":[\"\\ud800\"]}"), 400, "bad_request", "line 1: tags");
    assertError(batch("/publish/t", start + "\"payload\":2}"), 400, "bad_json", "Duplicate");
    assertError(
        batch("/publish/t", start + "\"tags\":[\"" + "x".repeat(65 << 10) + "\"]}"),
        413,
        "too_large",
        "beside the payload");
    assertNothingStored();
    assertThat(batch("/publish/t", start + "\"key\":\"\\ud83d\\ude00\"}").statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: application/json; charset = latin1\r\n",
        "Content-Type: application/json\r\nContent-Type: application/x-ndjson\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
      })
  void whatTheBodyIsMustBeSaidAndBeJson(String lines) {
    String head =
        "POST /publish/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN + "\r\n" + lines;
    assertError(raw(head + ONE, ""), 415, "unsupported_media_type", "send");
    assertNothingStored();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/publish/a%2Fb",
        "/publish/%2e%2e",
        "/publish/..",
        "/publish/t%00",
        "/publish/t;x=1",
        "/publish/",
        "/publish/t+u",
        "/publish/%C3%BC",
        "/publish/%FF"
      })
  void whatIsNoTopicIsRefused(String path) {
    assertError(raw(head(path) + ONE, ""), 400, "bad_request", "topic");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//publish/t",
        "/publish//t",
        "/publish/../publish/t",
        "/PUBLISH/t",
        "/./publish/t"
      })
  void aPathIsNeverBentIntoAnother(String path) {
    assertError(raw(head(path) + ONE, ""), 404, "not_found", "/publish/{topic}");
    assertNothingStored();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post"})
  void otherMethodsAreToldWhichIsAllowed(String method) {
    RawHttp.Answer answer = raw(head("/publish/t").replaceFirst("POST", method) + "\r\n", "");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.head()).contains("allow: post\r\n");
  }

  @Test
  void aLengthThatTwoReadersMayReadDifferentlyIsRefused() {
    String start = head("/publish/t");
    for (String lines :
        List.of(
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n",
            "Content-Length: 1\r\nContent-Length: 2\r\n\r\n12",
            "Content-Length: +1\r\n\r\n1",
            "Content-Length: -1\r\n\r\n1",
            "Content-Length: 0x1\r\n\r\n1",
            "Content-Length: 1,1\r\n\r\n1",
            "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n1\r\n0\r\n\r\n")) {
      try (RawHttp peer = dial()) {
        assertThat(peer.write(start + lines).answer().status()).as(lines).isEqualTo(400);
        assertThat(peer.isEnded()).as(lines).isTrue();
      }
    }
    assertThat(raw(start + "Transfer-Encoding: gzip, chunked\r\n\r\n", "").status()).isEqualTo(501);
    assertNothingStored();
  }

  @Test
  void aBodyThatEndsEarlyPublishesNothing() {
    for (String lines :
        List.of(
            length(3) + "1",
            "Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n",
            "Transfer-Encoding: chunked\r\n\r\n1\r\n1",
            "Transfer-Encoding: chunked\r\n\r\nxyz\r\n1\r\n0\r\n\r\n")) {
      try (RawHttp peer = dial()) {
        RawHttp.Answer answer = peer.write(head("/publish/t") + lines).finish().answer();
        assertThat(answer.status()).as(lines).isZero();
      }
    }
    assertNothingStored();
  }

  @Test
  void whatIsBeyondTheLengthIsTheNextRequest() {
    try (RawHttp peer = dial()) {
      peer.write(head("/publish/t") + length(1) + "12\r\n\r\n");
      assertThat(peer.answer().status()).isEqualTo(200);
      assertThat(peer.answer().status()).isIn(0, 400);
    }
    assertThat(stored("t")).hasSize(1);
  }

  @Test
  void chunksAreTaken() {
    String chunks = "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n2\r\n1]\r\n0\r\n\r\n";
    assertThat(raw(head("/publish/t") + chunks, "").status()).isEqualTo(200);
    assertThat(new String(stored("t").get(0).payload().bytes(), StandardCharsets.UTF_8))
        .isEqualTo("[1]");
  }

  @Test
  void aBodyThatIsSaidToBeTooLargeIsRefusedBeforeItIsSent() {
    try (RawHttp peer = dial()) {
      peer.write(head("/publish/t") + "Expect: 100-continue\r\n" + length((1 << 20) + 1));
      RawHttp.Answer answer = peer.answer();
      if (answer.status() == 100) {
        answer = peer.answer();
      }
      assertError(answer, 413, "too_large", "1048576");
      assertThat(answer.head()).contains("connection: close");
      assertThat(peer.finish().isEnded()).isTrue();
    }
  }

  @Test
  void chunksWithoutEndAreRefusedAtTheLimit() {
    limits(b -> b.maxEventBytes(100));
    try (RawHttp peer = dial()) {
      String chunk = "40\r\n" + " ".repeat(64) + "\r\n";
      peer.write(head("/publish/t") + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk);
      RawHttp.Answer answer = peer.answer();
      assertError(answer, 413, "too_large", "100 bytes");
      assertThat(answer.head()).contains("connection: close");
    }
  }
}
