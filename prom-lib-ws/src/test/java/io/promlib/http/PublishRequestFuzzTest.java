package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import io.promlib.testkit.fuzz.Odd;
import io.promlib.testkit.fuzz.Utf8Text;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is published over HTTP can be told to every client as it came, or is refused by name. */
class PublishRequestFuzzTest {
  private static final int ROUNDS = 5_000;
  private static final Set<String> CODES =
      Set.of("bad_json", "bad_request", "too_large", "unsupported_media_type");
  private static final HttpLimits LIMITS =
      HttpLimits.builder().maxEventBytes(4000).maxBatchEvents(3).build();
  private static final List<byte[]> EXAMPLES =
      List.of(
          bytes("{\"payload\":{\"a\":1.0},\"id\":\"i\",\"key\":\"k\",\"ts\":5}"),
          bytes("{\"payload\":null,\"headers\":{\"h\":\"v\"},\"tags\":[\"t\"]}"),
          bytes("{\"key\":\"k\",\"payload\":[-0.0,1e400,\"\\ud83d\\ude00\"]}"));
  private static final JsonInputs LINES = JsonInputs.from(EXAMPLES);

  private final Codec codec = new Codec();

  @Test
  void aBatchIsReadWholeOrRefused() {
    Fuzz.run(
        getClass(),
        "batch",
        ROUNDS,
        PublishRequestFuzzTest::batch,
        body -> {
          try {
            Utf8.require(body);
            List<Message<Payload>> events =
                BatchRequest.of(null, new Headers(), LIMITS).events(body);
            assertThat(events).isNotEmpty().hasSizeLessThanOrEqualTo(LIMITS.maxBatchEvents());
            events.forEach(this::checkToldAsItCame);
            return true;
          } catch (HttpError refused) {
            return checkRefusal(refused);
          }
        });
  }

  @Test
  void aSingleEventIsReadFromItsQueryHeadersAndBodyOrRefused() {
    Fuzz.run(
        getClass(),
        "single",
        ROUNDS,
        PublishRequestFuzzTest::single,
        request -> {
          String[] parts = new String(request, StandardCharsets.ISO_8859_1).split("\n\n", 2);
          String[] lines = parts[0].split("\n", -1);
          byte[] body = parts[parts.length - 1].getBytes(StandardCharsets.ISO_8859_1);
          try {
            Headers headers = headers(lines);
            assertThat(BodyKind.of(headers)).isEqualTo(BodyKind.JSON);
            SingleRequest single = SingleRequest.of(lines[0], headers);
            Utf8.require(body);
            single.events(body).forEach(this::checkToldAsItCame);
            return true;
          } catch (HttpError refused) {
            return checkRefusal(refused);
          }
        });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** As the server hands them on: a line that is no header does not come through. */
  private static Headers headers(String[] lines) {
    Headers headers = new Headers();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0 && !lines[i].contains("\r")) {
        headers.add(lines[i].substring(0, colon), lines[i].substring(colon + 1).trim());
      }
    }
    return headers;
  }

  private static byte[] batch(Random random) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int lines = 1 + random.nextInt(4); lines > 0; lines--) {
      if (random.nextInt(4) > 0) {
        body.writeBytes(
            random.nextBoolean()
                ? EXAMPLES.get(random.nextInt(EXAMPLES.size()))
                : LINES.next(random));
      }
      body.writeBytes(bytes(random.nextBoolean() ? "\n" : "\r\n"));
    }
    return body.toByteArray();
  }

  /** The query, then the headers, each in a line; an empty line; the body. */
  private static byte[] single(Random random) {
    StringBuilder query = new StringBuilder();
    for (String field : List.of("id", "key", "ts", "other")) {
      if (random.nextInt(field.equals("other") ? 10 : 2) == 0) {
        String value = random.nextInt(3) > 0 ? "5" : Odd.string(random);
        query.append(query.isEmpty() ? "" : "&").append(field).append('=');
        query.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
      }
    }
    String head = query + "\nContent-Type: application/json; charset=utf-8\n";
    for (int headers = random.nextInt(3); headers > 0; headers--) {
      String value = random.nextInt(4) > 0 ? "some text" : Odd.string(random);
      head += "X-Event-N" + random.nextInt(9) + ": " + value.replace('\n', ' ') + "\n";
    }
    byte[] good = bytes(head);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(
        random.nextInt(4) == 0
            ? Bytes.mutate(good, List.of(good, bytes("%ff%00%")), random)
            : good);
    request.writeBytes(bytes("\n"));
    request.writeBytes(LINES.next(random));
    return request.toByteArray();
  }

  private void checkToldAsItCame(Message<Payload> message) {
    Payload payload = message.payload();
    assertThat(Utf8Text.isValid(payload.bytes())).as("a payload is UTF-8").isTrue();
    EventRecord event = new EventRecord("id", 1, 2, 2, "t", payload, message.options().meta());
    byte[] written =
        codec.write(
            new ServerFrame.Event("t", "g", event, ServerFrame.Context.leased(1, 5, "lease")));
    assertThat(Utf8Text.isValid(written)).as("a frame is UTF-8").isTrue();
    ServerFrame.Event told = (ServerFrame.Event) codec.readServer(written);
    assertThat(told.event().meta()).isEqualTo(event.meta());
    assertThat(stripped(told.event().payload().bytes())).isEqualTo(stripped(payload.bytes()));
  }

  /** Space around a value is no part of it. */
  private static String stripped(byte[] json) {
    return new String(json, StandardCharsets.UTF_8).strip();
  }

  private static boolean checkRefusal(HttpError refused) {
    assertThat(refused.status()).isIn(400, 413, 415);
    assertThat(CODES).contains(refused.code());
    assertThat(refused.message()).isNotBlank().hasSizeLessThan(2500).doesNotContain("Exception");
    return false;
  }
}
