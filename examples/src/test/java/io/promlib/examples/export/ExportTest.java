package io.promlib.examples.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.promlib.acl.Action;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.examples.UsageException;
import io.promlib.http.HttpEdge;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class ExportTest {
  private static final String TOKEN = "a-token-of-the-tests";
  private static final Topic<Payload> ORDERS = new Topic<>("orders", JsonNode.class);

  @TempDir private Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final InMemoryEventStore events = new InMemoryEventStore();
  private final EventBus bus = EventBus.builder().stores(events, new InMemoryGroupStore()).build();
  private HttpEdge edge = HttpEdge.of(bus).port(0).auth(StaticTokenAuthenticator.of(TOKEN)).start();

  @AfterEach
  void stop() {
    edge.close();
    bus.close();
  }

  private void publish(int count) {
    bus.publishAll(
        ORDERS,
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    Message.of(
                        Payload.json("{\"order\":" + i + ",\n\"note\":\"\u00fc\"}"),
                        PublishOptions.none().ts((long) i).key("k" + i % 7)))
            .toList());
  }

  private String address() {
    return "http://127.0.0.1:" + edge.address().getPort() + "/";
  }

  private int run(String url, Path file, String... more) throws Exception {
    List<String> line =
        new ArrayList<>(List.of("--topic", "orders", "--url", url, "--out", file.toString()));
    line.addAll(List.of(more));
    return new Export()
        .run(
            line,
            Map.of("WS_TOKEN", TOKEN),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  private String said() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  /** What nobody interrupted. */
  private Path whole() throws Exception {
    Path whole = file("whole");
    assertThat(run(address(), whole)).as(said()).isZero();
    return whole;
  }

  @Test
  void everyEventIsInTheFileAndTheEndToo() throws Exception {
    publish(1000);
    List<String> lines = Files.readAllLines(whole());
    assertThat(lines).hasSize(1001);
    assertThat(lines.get(0)).contains("\"seq\":1,").contains("\"note\":\"\u00fc\"");
    assertThat(lines.get(1000)).isEqualTo("{\"op\":\"END\",\"count\":1000,\"last_seq\":1000}");
    assertThat(said()).contains("complete: ", "1000 events up to seq 1000").doesNotContain("\r[");
  }

  @ParameterizedTest
  @CsvSource({"0", "300", "1000", "20000", "60000", "100000", "150000"})
  void anExportThatIsCutAndResumedIsTheOneThatWasNotByteForByte(long bytes) throws Exception {
    publish(2000);
    Path cut = file("cut");
    try (CuttingProxy proxy = new CuttingProxy(edge.address(), bytes)) {
      assertThat(run(proxy.address(), cut)).isEqualTo(1);
    }
    assertThat(said()).contains("export: ");
    assertThat(run(address(), cut, "--resume")).as(said()).isZero();
    assertThat(cut).hasSameBinaryContentAs(whole());
  }

  @Test
  void manyCutsAreOvercomeOneByOneAndCompressedOnesToo() throws Exception {
    publish(2000);
    Path cut = file("cut");
    int cuts = 0;
    try (CuttingProxy proxy = new CuttingProxy(edge.address(), 40_000)) {
      while (run(proxy.address(), cut, "--resume", cuts % 2 == 0 ? "--gzip" : "--resume") == 1) {
        cuts++;
        assertThat(cuts).isLessThan(30);
      }
    }
    assertThat(cuts).isPositive();
    assertThat(cut).hasSameBinaryContentAs(whole());
  }

  @Test
  void aLineThatACrashCutInTheFileIsWrittenAgain() throws Exception {
    publish(100);
    byte[] all = Files.readAllBytes(whole());
    for (int left : new int[] {0, 5, 200, all.length - 60, all.length - 10, all.length - 1}) {
      Path crashed = file("crashed-" + left);
      Files.write(crashed, Arrays.copyOf(all, left));
      assertThat(run(address(), crashed, "--resume")).as(said()).isZero();
      assertThat(crashed).hasBinaryContent(all);
    }
  }

  @Test
  void aStretchMayBeChosenAndResumed() throws Exception {
    publish(100);
    Path some = file("some");
    assertThat(run(address(), some, "--from-seq", "11", "--to-seq", "20")).isZero();
    byte[] all = Files.readAllBytes(some);
    assertThat(Files.readAllLines(some)).hasSize(11).last().asString().contains("\"count\":10,");
    Files.write(some, Arrays.copyOf(all, all.length - 20));
    assertThat(run(address(), some, "--from-seq", "11", "--to-seq", "20", "--resume")).isZero();
    assertThat(some).hasBinaryContent(all);
    Path times = file("times");
    assertThat(run(address(), times, "--from-ts", "10", "--to-ts", "1970-01-01T00:00:00.020Z"))
        .isZero();
    assertThat(Files.readAllLines(times)).hasSize(11).first().asString().contains("\"seq\":11,");
  }

  @Test
  void aCompleteFileIsLeftAsItIs() throws Exception {
    publish(10);
    Path whole = whole();
    byte[] before = Files.readAllBytes(whole);
    publish(5);
    assertThat(run(address(), whole, "--resume")).isZero();
    assertThat(said()).contains("is complete: 10 events");
    assertThat(whole).hasBinaryContent(before);
  }

  @Test
  void whatRetentionTookMeanwhileIsSaid() throws Exception {
    publish(100);
    byte[] all = Files.readAllBytes(whole());
    Path cut = file("cut");
    Files.write(cut, Arrays.copyOf(all, all.length / 2));
    events.removeBelow("orders", 91);
    assertThat(run(address(), cut, "--resume")).isEqualTo(3);
    assertThat(said()).containsPattern("export: [0-9]+ positions were gone");
    assertThat(Files.readAllLines(cut)).last().asString().contains("\"lost\":");
  }

  @Test
  void whatWasGoneIsCountedOverAllPartsWhereverTheExportIsCut() throws Exception {
    publish(40);
    byte[] before = Files.readAllBytes(whole());
    int tenth = lineEnd(before, 10);
    events.removeBelow("orders", 31);
    Path first = file("first");
    Files.write(first, Arrays.copyOf(before, tenth));
    assertThat(run(address(), first, "--resume")).isEqualTo(3);
    byte[] all = Files.readAllBytes(first);
    String text = new String(all, StandardCharsets.UTF_8);
    assertThat(text)
        .contains("\n{\"op\":\"GAP\",\"from\":11,\"to\":30}\n")
        .endsWith("{\"op\":\"END\",\"count\":20,\"last_seq\":40,\"lost\":20}\n");
    for (int lines = 10; lines < 22; lines++) {
      for (int more : new int[] {0, 7}) {
        Path cut = file("cut-" + lines + "-" + more);
        Files.write(cut, Arrays.copyOf(all, lineEnd(all, lines) + more));
        assertThat(run(address(), cut, "--resume")).as(said()).isEqualTo(3);
        assertThat(cut).hasBinaryContent(all);
      }
    }
    printed.reset();
    assertThat(run(address(), first, "--resume")).isEqualTo(3);
    assertThat(said()).contains("is complete: 20 events", "export: 20 positions were gone");
    assertThat(first).hasBinaryContent(all);
  }

  /** The bytes of so many lines. */
  private static int lineEnd(byte[] all, int lines) {
    int end = 0;
    for (int seen = 0; seen < lines; end++) {
      seen += all[end] == '\n' ? 1 : 0;
    }
    return end;
  }

  @Test
  void aTimeDoesNotHideWhatWasGone() throws Exception {
    publish(100);
    Path cut = file("cut");
    assertThat(run(address(), cut, "--from-ts", "10", "--to-seq", "50")).isZero();
    byte[] all = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(all, lineEnd(all, 10)));
    events.removeBelow("orders", 41);
    assertThat(run(address(), cut, "--from-ts", "10", "--to-seq", "50", "--resume")).isEqualTo(3);
    assertThat(Files.readAllLines(cut))
        .contains("{\"op\":\"GAP\",\"from\":21,\"to\":40}")
        .endsWith("{\"op\":\"END\",\"count\":20,\"last_seq\":50,\"lost\":20}");
  }

  @Test
  void whatIsGoneUpToTheEndIsTold() throws Exception {
    publish(20);
    events.removeBelow("orders", 21);
    Path file = file("gone");
    assertThat(run(address(), file, "--from-seq", "5", "--to-seq", "9")).isEqualTo(3);
    byte[] all = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(all, lineEnd(all, 1)));
    assertThat(run(address(), file, "--from-seq", "5", "--to-seq", "9", "--resume")).isEqualTo(3);
    assertThat(file).hasBinaryContent(all);
  }

  @Test
  void aFileThatIsThereIsNotWrittenOver() throws Exception {
    Path there = Files.writeString(file("there"), "mine\n");
    assertUsage(() -> run(address(), there), "is there already");
    assertUsage(() -> run(address(), there, "--resume"), "is no export");
    Files.writeString(
        there, "{\"id\":\"a\",\"seq\":1,\"ts\":1,\"topic\":\"other\",\"payload\":1}\n");
    assertUsage(() -> run(address(), there, "--resume"), "export of other");
    Files.writeString(there, "{\"a\":1}\n");
    assertUsage(() -> run(address(), there, "--resume"), "is no export");
    assertThat(there).hasContent("{\"a\":1}\n");
  }

  private static void assertUsage(Call call, String says) {
    assertThatThrownBy(call::run).isInstanceOf(UsageException.class).hasMessageContaining(says);
  }

  private interface Call {
    void run() throws Exception;
  }

  @Test
  void aRefusalIsToldInTheEdgesWords() throws Exception {
    assertThat(run(address(), file("a"), "--token", "guess")).isEqualTo(1);
    assertThat(said()).contains("refuses with 401: bad_token");
    assertThat(run(address(), file("b"), "--from-seq", "5")).isEqualTo(1);
    assertThat(said()).contains("refuses with 400: bad_request, fromSeq");
    edge.close();
    Policy none = Policy.allow(Action.SUBSCRIBE, "others").build();
    edge = HttpEdge.of(bus).port(0).auth(token -> new Identity("me", none, null)).start();
    assertThat(run(address(), file("c"))).isEqualTo(1);
    assertThat(said()).contains("refuses with 403: forbidden").doesNotContain(TOKEN);
    edge.close();
    assertThat(run(address(), file("d"))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"op\":\"END\",\"count\":2,\"last_seq\":1}\n",
        "{\"op\":\"END\",\"count\":1,\"last_seq\":7}\n",
        "{\"op\":\"END\",\"count\":1}\n",
        "{\"op\":\"END\",\"count\":1,\"last_seq\":1,\"lost\":3}\n",
        "{\"op\":\"GAP\",\"from\":3,\"to\":2}\n",
        "{\"op\":\"END\",\"count\":1,\"last_seq\":1}",
        "<html>\n",
        ""
      })
  void anEndThatDoesNotAddUpIsNone(String end) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String event = "{\"id\":\"a\",\"seq\":1,\"ts\":1,\"topic\":\"orders\",\"payload\":1}\n";
    server.createContext(
        "/",
        exchange -> {
          byte[] body = (event + end).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      Path file = file("bad");
      assertThat(run("http://127.0.0.1:" + server.getAddress().getPort(), file)).isEqualTo(1);
      assertThat(file).hasContent(event);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void whatDoesNotDoIsNamed() {
    Path file = file("f");
    assertUsage(() -> run(address(), file, "--from-seq", "0"), "--from-seq must");
    assertUsage(() -> run(address(), file, "--to-seq", "last"), "--to-seq must");
    assertUsage(() -> run(address(), file, "--from-ts", "noon"), "--from-ts must");
    assertUsage(() -> run(address(), file, "--trust", "x.pem"), "has no effect");
    assertUsage(() -> run("ws://127.0.0.1/", file), "http: or https:");
    assertUsage(() -> run("http://h/?q", file), "http: or https:");
    assertUsage(() -> run(address(), file, "--colour"), "--colour");
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    Export export = new Export();
    assertUsage(() -> export.run(List.of("--out", "f"), Map.of(), out), "--topic is missing");
    assertUsage(() -> export.run(List.of("--topic", "t"), Map.of("WS_TOKEN", "t"), out), "--out");
    assertUsage(
        () -> export.run(List.of("--topic", "a..b", "--out", "f"), Map.of(), out), "--topic is");
    assertUsage(() -> export.run(List.of("--topic", "t", "--out", "f"), Map.of(), out), "WS_TOKEN");
    assertThat(file).doesNotExist();
  }
}
