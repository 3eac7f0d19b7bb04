package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.metrics.PrometheusMetrics;
import io.promlib.ops.Ops.Got;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many are at work at once, and who takes whose place. */
class OpsPlacesTest {
  private static final OpsLimits DEFAULTS = OpsLimits.defaults();
  private static final Duration LONG = Duration.ofMinutes(1);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noMoreAreAtWorkThanThereArePlaces(boolean ofOneAddress) {
    OpsLimits one = ofOneAddress ? DEFAULTS.maxPerAddress(1) : DEFAULTS.maxRequests(1);
    try (Stalling store = new Stalling();
        Ops ops = store.ops(one, LONG)) {
      store.hang();
      CompletableFuture<Got> first = CompletableFuture.supplyAsync(() -> ops.get("/topics"));
      await().until(() -> store.held() == 1);
      Got refused = ops.get("/topics");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.code()).isEqualTo("too_many");
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(ops.get("/healthz").status()).isEqualTo(200);
      store.goOn();
      assertThat(first.join().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void requestsThatHangInAStoreTakeNoPlaceOfWhatAsksNone(boolean ofOneAddress) {
    int places = ofOneAddress ? DEFAULTS.maxPerAddress() : DEFAULTS.maxRequests();
    try (Stalling store = new Stalling();
        PrometheusMetrics metrics =
            PrometheusMetrics.builder().readWait(Duration.ofMillis(50)).build();
        Ops ops =
            store.ops(
                DEFAULTS.maxPerAddress(places),
                LONG,
                builder ->
                    builder
                        .metrics(metrics.watch(store.bus()))
                        .clients(ConnectedClients.of(InstantSource.system(), 10)))) {
      store.hang();
      List<CompletableFuture<Got>> all = new ArrayList<>();
      // In two halves: of more at once than may open, the first would be cut.
      IntStream.range(0, places / 2).forEach(i -> all.add(ops.later("/topics")));
      await().until(() -> store.held() == 8);
      IntStream.rangeClosed(places / 2, places).forEach(i -> all.add(ops.later("/topics")));
      // The first answer is to the one for whom there is no place.
      CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new)).join();
      CompletableFuture<Got> ready = ops.later("/readyz");
      await().until(() -> store.held() == 9);
      for (String path :
          List.of(
              "/healthz",
              "/metrics",
              "/status",
              "/clients",
              "/",
              "/ops.css",
              "/ops.mjs",
              "/ops.svg")) {
        assertThat(ops.get(path).status()).as(path).isEqualTo(200);
      }
      assertThat(all.stream().filter(CompletableFuture::isDone).map(each -> each.join().status()))
          .containsExactly(429);
      store.goOn();
      assertThat(ready.join().status()).isEqualTo(200);
      assertThat(all.stream().filter(each -> each.join().status() == 200)).hasSize(places);
    }
  }

  @Test
  void probesThatHangTakeNoPlaceOfOthers() {
    try (Stalling store = new Stalling();
        Ops ops = store.ops(DEFAULTS.maxPerAddress(1), LONG)) {
      store.hang();
      CompletableFuture<Got> probe = ops.later("/readyz");
      await().until(() -> store.held() == 1);
      assertThat(ops.get("/readyz").code()).isEqualTo("too_many");
      assertThat(ops.get("/status").status()).isEqualTo(200);
      CompletableFuture<Got> read = ops.later("/topics");
      await().until(() -> store.held() == 2);
      store.goOn();
      assertThat(probe.join().status()).isEqualTo(200);
      assertThat(read.join().status()).isEqualTo(200);
    }
  }
}
