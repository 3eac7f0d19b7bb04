package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.ops.Ops.Got;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxStatus;
import io.promlib.testkit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Slow clients, too many, and stores that are away. */
class OpsLimitsTest {
  private static final OpsLimits DEFAULTS = OpsLimits.defaults();

  /** A request whose header lines never end. */
  private static Socket slow(Ops ops) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), ops.port());
    socket.setSoTimeout(120_000);
    socket
        .getOutputStream()
        .write("GET /topics HTTP/1.1\r\nHost:".getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** The same, whose time the server watches. */
  private static Socket slowAndTaken(Ops ops, ManualClock clock) throws IOException {
    awaitSampled(clock);
    int before = clock.pending();
    Socket socket = slow(ops);
    await().until(() -> clock.pending() == before + 2);
    return socket;
  }

  /** The sampler's next time is on the clock. */
  private static void awaitSampled(ManualClock clock) {
    await().until(() -> clock.pending() > 0);
  }

  private static boolean isCut(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void headerLinesThatDoNotComeAreNotWaitedFor() throws Exception {
    ManualClock clock = new ManualClock();
    Duration minute = Duration.ofMinutes(1);
    OpsLimits limits = DEFAULTS.times(Duration.ofSeconds(5), minute, minute);
    try (Ops ops = Ops.start(builder -> builder.timing(clock).limits(limits))) {
      try (Socket socket = slowAndTaken(ops, clock)) {
        clock.advance(Duration.ofSeconds(5));
        assertThat(isCut(socket)).isTrue();
      }
      assertThat(ops.get("/topics").status()).isEqualTo(200);
    }
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedFor() throws Exception {
    ManualClock clock = new ManualClock();
    try (Ops ops = Ops.start(builder -> builder.timing(clock).limits(DEFAULTS));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), ops.port())) {
      socket.setSoTimeout(120_000);
      awaitSampled(clock);
      String head =
          "DELETE /groups/orders/mailer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
              + "Authorization: Bearer "
              + Ops.ALL
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      // The header lines are there when their time is no longer watched.
      await().until(() -> clock.pending() == 2);
      clock.advance(Duration.ofSeconds(10));
      assertThat(isCut(socket)).isTrue();
    }
  }

  @Test
  void manySlowClientsAreCutBeforeAnHonestOne() throws Exception {
    ManualClock clock = new ManualClock();
    List<Socket> sockets = new ArrayList<>();
    try (Ops ops = Ops.start(builder -> builder.timing(clock).limits(Ops.PATIENT.maxRequests(4)))) {
      for (int i = 0; i < 4; i++) {
        sockets.add(slowAndTaken(ops, clock));
      }
      sockets.add(slow(ops));
      assertThat(isCut(sockets.get(0))).isTrue();
      assertThat(ops.get("/topics").status()).isEqualTo(200);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aStoreThatHangsIsNotWaitedForForEver() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS, Duration.ofMillis(300))) {
      store.hang();
      Got away = ops.get("/topics");
      assertThat(away.status()).isEqualTo(503);
      assertThat(away.code()).isEqualTo("unavailable");
      // The call was interrupted, so its thread is free again.
      await().until(() -> store.held() == 0);
      assertThat(ops.get("/healthz").status()).isEqualTo(200);
      assertThat(ops.get("/").status()).isEqualTo(200);
      store.goOn();
      await().until(() -> ops.get("/topics").status() == 200);
    }
  }

  @Test
  void aStoreThatFailsIsToldWithoutItsAddress() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS, Duration.ofMinutes(1))) {
      store.fail(true);
      Got away = ops.get("/topics");
      assertThat(away.status()).isEqualTo(503);
      assertThat(away.text()).doesNotContain("secret");
      Got unready = ops.get("/readyz");
      assertThat(unready.status()).isEqualTo(503);
      assertThat(unready.text()).doesNotContain("secret");
      JsonNode checks = unready.json().path("checks");
      assertThat(checks.at("/0/name").asText()).isEqualTo("events");
      assertThat(checks.at("/0/ready").asBoolean(true)).isFalse();
      store.fail(false);
      await().until(() -> ops.get("/readyz").status() == 200);
    }
  }

  @Test
  void aCountThatTakesLongIsNullMeanwhileAndIsNotBegunAgain() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS, Duration.ofMillis(400))) {
      store.countsOnly();
      store.hang();
      for (int i = 0; i < 3; i++) {
        // An answer that a slow machine makes too late is a 503.
        Got got = await().until(() -> ops.get("/topics"), answer -> answer.status() == 200);
        JsonNode topic = got.json().at("/topics/0");
        assertThat(topic.path("tail").asLong()).isEqualTo(1);
        assertThat(topic.path("count").isNull()).isTrue();
        assertThat(topic.path("bytes").isNull()).isTrue();
        await().until(() -> store.held() == 1);
      }
      store.goOn();
      await().until(() -> ops.get("/topics").json().at("/topics/0/count").asLong() == 1);
    }
  }

  @Test
  void readinessNamesWhatHangsAndAsksItOnce() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS, Duration.ofMillis(300))) {
      store.hang();
      for (int i = 0; i < 3; i++) {
        // On a slow machine the other check, too, may not be answered in time.
        JsonNode answer =
            await()
                .until(
                    () -> ops.get("/readyz").json(), one -> one.at("/checks/1/ready").asBoolean());
        assertThat(answer.path("ready").asBoolean(true)).isFalse();
        assertThat(answer.at("/checks/0/message").asText()).isEqualTo("does not answer");
      }
      await().until(() -> store.held() == 1);
      store.goOn();
      await().until(() -> ops.get("/readyz").status() == 200);
    }
  }

  @Test
  void aCheckOfTheHostsCounts() {
    try (Ops ops =
        Ops.start(
            builder ->
                builder.ready(
                    "mail",
                    () -> {
                      throw new IOException("smtp password: secret");
                    }))) {
      Got unready = ops.get("/readyz");
      assertThat(unready.status()).isEqualTo(503);
      assertThat(unready.json().at("/checks/2/name").asText()).isEqualTo("mail");
      assertThat(unready.text()).doesNotContain("secret");
    }
  }

  @Test
  void aCheckThatFailsIsLoggedOnceUntilItPasses() {
    AtomicBoolean away = new AtomicBoolean(true);
    PrintStream real = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try (Ops ops =
        Ops.start(
            builder ->
                builder.ready(
                    "mail",
                    () -> {
                      if (away.get()) {
                        throw new IOException("no answer");
                      }
                    }))) {
      for (boolean now : new boolean[] {true, true, true, false, true, true}) {
        away.set(now);
        assertThat(ops.get("/readyz").status()).isEqualTo(now ? 503 : 200);
      }
    } finally {
      System.setErr(real);
    }
    assertThat(said.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.contains("mail is not ready"))
        .hasSize(2);
  }

  @Test
  void readinessCountsNoOutbox() {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    OutboxAdmin outbox =
        (OutboxAdmin)
            Proxy.newProxyInstance(
                OutboxAdmin.class.getClassLoader(),
                new Class<?>[] {OutboxAdmin.class},
                (proxy, method, arguments) -> {
                  asked.add(method.getName() + List.of(arguments[0], arguments[2]));
                  return List.of();
                });
    try (Ops ops = Ops.start(builder -> builder.outbox(outbox))) {
      assertThat(ops.get("/readyz").status()).isEqualTo(200);
    }
    assertThat(asked).containsExactly("list" + List.of(OutboxStatus.PENDING, 1));
  }

  @Test
  void closingEndsItsThreads() {
    Ops ops = Ops.start(builder -> builder);
    assertThat(ops.get("/topics").status()).isEqualTo(200);
    assertThat(ops.get("/readyz").status()).isEqualTo(200);
    assertThat(threads()).isNotEmpty();
    ops.close();
    await().until(() -> threads().isEmpty());
  }

  /** Tests of other classes do not run beside this one. */
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("prom-ops-"))
        .toList();
  }

  @Test
  void aLengthThatIsNoneIsRefused() {
    try (Ops ops = Ops.start(builder -> builder)) {
      // What the client adds is the body: the server waits for so much of it.
      assertThat(ops.raw("GET /topics HTTP/1.1", "Host: localhost", "Content-Length: +21", ""))
          .startsWith("HTTP/1.1 400");
    }
  }
}
