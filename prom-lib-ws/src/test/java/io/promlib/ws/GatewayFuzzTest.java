package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever connections bring, the gateway goes on, says so in no alarm, and keeps nothing. */
class GatewayFuzzTest {
  private static final int CONNECTIONS = 200;
  private static final int INPUTS_PER_CONNECTION = 200;
  private static final int BATCH = 50;
  private static final String HANDSHAKE =
      String.join(
          "\r\n",
          "GET / HTTP/1.1",
          "Host: localhost",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
          "",
          "");
  private static final List<byte[]> FRAMES =
      Stream.of(
              "{'op':'AUTH','token':'" + Fixture.TOKEN + "','corr':'1'}",
              "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}",
              "{'op':'SUBSCRIBE','topic':'t','group':'h','opts':{'batch':9,'quiet':true}}",
              "{'op':'PUBLISH','topic':'t','payload':{'a':1},'opts':{'key':'k','id':'i'}}",
              "{'op':'ACK','topic':'t','group':'h','ids':['i','j'],'leases':['l','m'],'confirm':true}",
              "{'op':'ACK','topic':'t','group':'g','id':'i'}",
              "{'op':'NACK','topic':'t','group':'g','ids':['i'],'delay_ms':5}",
              "{'op':'MODACK','topic':'t','group':'g','id':'i','extend_ms':1000}",
              "{'op':'TERM','topic':'t','group':'g','id':'i','reason':'r'}",
              "{'op':'PAUSE','topic':'t','group':'g'}",
              "{'op':'RESUME','topic':'t','group':'g'}",
              "{'op':'UNSUBSCRIBE','topic':'t','group':'g'}")
          .map(frame -> frame.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
          .toList();

  private final JsonInputs json = JsonInputs.from(FRAMES);

  @Test
  void aGoodClientIsServedAfterAnyNumberOfOthersAndNothingOfThemIsLeft() {
    int connections = Math.max(CONNECTIONS, Fuzz.rounds(0) / INPUTS_PER_CONNECTION);
    await().until(() -> gatewayThreads().isEmpty());
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream stderr = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (Fixture on = Fixture.limited(l -> l.maxPerAddress(10_000))) {
      Set<String> threads = gatewayThreads();
      for (int begun = 0; begun < connections; begun += BATCH) {
        for (int i = begun; i < Math.min(connections, begun + BATCH); i++) {
          bring(on, new Random(Fuzz.seed() * 1_000_003 + i));
        }
        try (Peer good = on.login()) {
          assertThat(
                  good.answerTo("{'op':'PUBLISH','topic':'good','payload':1}").path("op").asText())
              .as("seed %d, connections %d to %d", Fuzz.seed(), begun, begun + BATCH)
              .isEqualTo("OK");
        }
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
      await().untilAsserted(() -> assertThat(on.gateway.heldBytes()).isZero());
      assertThat(gatewayThreads()).containsAll(threads);
    } finally {
      System.setErr(stderr);
    }
    assertThat(log.toString(StandardCharsets.UTF_8))
        .as("the log, seed %d, %d connections", Fuzz.seed(), connections)
        .doesNotContain(" ERROR ");
  }

  private static Set<String> gatewayThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("prom-ws-selector") || name.startsWith("prom-ws-worker"))
        .collect(Collectors.toSet());
  }

  /** One connection: a handshake, most times a login, then streams in pieces, then its end. */
  private void bring(Fixture on, Random random) {
    FrameStreams streams =
        new FrameStreams(Stream.generate(() -> json.next(random)).limit(20).toList());
    byte[] handshake = HANDSHAKE.getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), on.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          random.nextInt(8) == 0 ? Bytes.mutate(handshake, List.of(handshake), random) : handshake);
      if (random.nextInt(4) > 0) {
        out.write(FrameStreams.good(FRAMES.get(0)));
      }
      for (int pieces = random.nextInt(INPUTS_PER_CONNECTION); pieces > 0; pieces--) {
        out.write(streams.next(random));
      }
      if (random.nextBoolean()) {
        socket.shutdownOutput();
        socket.getInputStream().skip(random.nextInt(5000));
      }
    } catch (IOException closed) {
      // The gateway had enough of it.
    }
  }
}
