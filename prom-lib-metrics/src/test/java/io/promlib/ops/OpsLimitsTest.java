package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.ops.Ops.Got;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxStatus;
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
    socket.setSoTimeout(30_000);
    socket
        .getOutputStream()
        .write("GET /topics HTTP/1.1\r\nHost:".getBytes(StandardCharsets.US_ASCII));
    return socket;
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
    try (Ops ops =
            Ops.start(
                builder ->
                    builder.limits(
                        DEFAULTS.times(
                            Duration.ofMillis(200),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(5))));
        Socket socket = slow(ops)) {
      assertThat(isCut(socket)).isTrue();
      assertThat(ops.get("/topics").status()).isEqualTo(200);
    }
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedFor() throws Exception {
    try (Ops ops =
            Ops.start(
                builder ->
                    builder.limits(
                        DEFAULTS.times(
                            Duration.ofMillis(300),
                            Duration.ofMillis(300),
                            Duration.ofMillis(100))));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), ops.port())) {
      socket.setSoTimeout(30_000);
      String head =
          "DELETE /groups/orders/mailer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
              + "Authorization: Bearer "
              + Ops.ALL
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      assertThat(isCut(socket)).isTrue();
    }
  }

  @Test
  void manySlowClientsAreCutBeforeAnHonestOne() throws Exception {
    Duration ages = Duration.ofMinutes(10);
    List<Socket> sockets = new ArrayList<>();
    try (Ops ops =
        Ops.start(
            builder ->
                builder.limits(DEFAULTS.maxRequests(4).times(ages, ages, Duration.ofSeconds(5))))) {
      for (int i = 0; i < 4; i++) {
        sockets.add(slow(ops));
      }
      assertThat(ops.get("/topics").status()).isEqualTo(200);
      await().until(() -> isCut(sockets.get(0)));
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
      assertThat(ops.get("/topics").status()).isEqualTo(200);
    }
  }

  @Test
  void aStoreThatFailsIsToldWithoutItsAddress() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS, Duration.ofMillis(300))) {
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
        Got got = ops.get("/topics");
        assertThat(got.status()).as(got.text()).isEqualTo(200);
        JsonNode topic = got.json().at("/topics/0");
        assertThat(topic.path("tail").asLong()).isEqualTo(1);
        assertThat(topic.path("count").isNull()).isTrue();
        assertThat(topic.path("bytes").isNull()).isTrue();
        assertThat(store.held()).isEqualTo(1);
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
        JsonNode answer = ops.get("/readyz").json();
        assertThat(answer.path("ready").asBoolean(true)).isFalse();
        assertThat(answer.at("/checks/0/message").asText()).isEqualTo("does not answer");
        assertThat(answer.at("/checks/1/ready").asBoolean()).isTrue();
      }
      assertThat(store.held()).isEqualTo(1);
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
      assertThat(ops.raw("GET /topics HTTP/1.1", "Host: localhost", "Content-Length: +5"))
          .startsWith("HTTP/1.1 400");
    }
  }
}
