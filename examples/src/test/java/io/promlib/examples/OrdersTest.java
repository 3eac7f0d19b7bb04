package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The order service as processes that crash where they are told to. */
@Timeout(600)
class OrdersTest {
  private static final int ORDERS = 6;
  private static final int CRASHED = 137;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private Programs programs;
  private MongoDatabase database;

  @BeforeEach
  void begin() {
    TestMongo.assumeTransactions("an order and its record are written in one");
    programs = new Programs(folder);
    database = TestMongo.freshDatabase();
  }

  @AfterEach
  void end() throws InterruptedException {
    if (programs != null) {
      programs.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before-commit",
        "after-commit",
        "after-claim",
        "after-publish",
        "after-mark",
        "in-handler",
        "before-ack"
      })
  void aCrashAtAnyStepLeavesOneEventAndOneCountForEachOrder(String step) throws Exception {
    Process crashing = start("orders", "--lease", "2s", "--crash-at", step);
    String url = programs.awaited(crashing, "orders +(\\S+)");
    for (int number = 0; number < ORDERS && crashing.isAlive(); number++) {
      try {
        place(url, order(number));
      } catch (IOException crashed) {
        break;
      }
    }
    assertThat(programs.ended(crashing)).isEqualTo(CRASHED);

    // A server drops the transaction of a process that is gone after a minute.
    TestMongo.client().getDatabase("admin").runCommand(new Document("killAllSessions", List.of()));
    Process service = start("orders", "--lease", "2s");
    String again = programs.awaited(service, "orders +(\\S+)");
    // A caller without an answer asks again with the same id.
    for (int number = 0; number < ORDERS; number++) {
      assertThat(place(again, order(number)).statusCode()).isIn(200, 201);
    }
    awaitAgreement(ORDERS);

    assertThat(database.getCollection("orders").countDocuments()).isEqualTo(ORDERS);
    assertThat(database.getCollection("totals").find(new Document("_id", "ada")).first())
        .isEqualTo(new Document("_id", "ada").append("cents", 306L).append("orders", 3L));
    assertThat(
            database.getCollection("events").countDocuments(new Document("topic", "order.placed")))
        .isEqualTo(ORDERS);
  }

  @Test
  void aRequestThatIsNoOrderIsRefusedAndNothingIsWritten() throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");
    Map<String, String> refused =
        Map.of(
            "{\"cents\": 1}", "customer is missing",
            "{\"customer\": \"ada\"}", "cents is missing",
            "{\"customer\": \"\", \"cents\": 1}", "key",
            "{\"customer\": \"ada\", \"cents\": 0}", "cents must be from 1",
            "{\"customer\": \"ada\", \"cents\": 1000000001}", "cents must be from 1",
            "{\"customer\": \"ada\", \"cents\": 1.5}", "JSON",
            "{\"customer\": \"ada\", \"cents\": 1, \"id\": \"a b\"}", "id",
            "{\"customer\": \"ada\", \"cents\": 1} x", "JSON",
            "null", "JSON",
            "nothing", "JSON");
    for (Map.Entry<String, String> one : refused.entrySet()) {
      HttpResponse<String> answer = place(url, one.getKey());
      assertThat(answer.statusCode()).as(one.getKey()).isEqualTo(400);
      assertThat(answer.body()).as(one.getKey()).contains(one.getValue());
    }
    assertThat(place(url + "/1", order(1)).statusCode()).isEqualTo(404);
    assertThat(place(url, "x".repeat(20_000)).statusCode()).isEqualTo(413);
    HttpResponse<String> got =
        http.send(
            HttpRequest.newBuilder(URI.create(url)).GET().build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(got.statusCode()).isEqualTo(405);
    assertThat(got.headers().firstValue("Allow")).contains("POST");
    assertThat(database.getCollection("orders").countDocuments()).isZero();
    assertThat(database.getCollection("outbox").countDocuments()).isZero();
  }

  @Test
  void anIdBelongsToOneOrderAndTheCheckSeesWhatDoesNotAgree() throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");
    assertThat(place(url, order(1)).statusCode()).isEqualTo(201);
    assertThat(place(url, order(2)).statusCode()).isEqualTo(201);
    assertThat(place(url, order(1)).body()).contains("\"duplicate\":true");
    HttpResponse<String> other =
        place(url, "{\"id\": \"order-1\", \"customer\": \"ada\", \"cents\": 1}");
    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(other.body()).contains("order-1");
    awaitAgreement(2);
    database
        .getCollection("totals")
        .updateOne(new Document("_id", "ada"), new Document("$inc", new Document("cents", 1L)));
    database
        .getCollection("orders")
        .insertOne(new Document("_id", "smuggled").append("customer", "bob").append("cents", 5L));

    Process check = start("orders-check");

    assertThat(programs.ended(check)).isEqualTo(1);
    assertThat(programs.printed(check))
        .contains("order smuggled has no event")
        .contains("the total of ada is")
        .contains("they do not agree");
  }

  @Test
  void anUnknownStepIsRefusedNamingThose() throws Exception {
    Process wrong = start("orders", "--crash-at", "never");

    assertThat(programs.ended(wrong)).isEqualTo(2);
    assertThat(programs.printed(wrong)).contains("--crash-at must be one of before-commit");
  }

  private void awaitAgreement(int orders) throws Exception {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              long counted = 0;
              for (Document total : database.getCollection("totals").find()) {
                counted += total.getLong("orders");
              }
              return counted >= orders && floor() >= orders;
            });
    Process check = start("orders-check");
    assertThat(programs.ended(check)).as(programs.printed(check)).isZero();
  }

  /** The consumer's ack floor as the database has it. */
  private long floor() {
    Document cursor =
        database.getCollection("cursors").find(new Document("_id", "order.placed::totals")).first();
    return cursor == null ? 0 : cursor.get("seq", Number.class).longValue();
  }

  /** Half of them ada's, who orders for 306 cents in all. */
  private static String order(int number) {
    return "{\"id\": \"order-%d\", \"customer\": \"%s\", \"cents\": %d}"
        .formatted(number, number % 2 == 0 ? "ada" : "bob", 100 + number);
  }

  private HttpResponse<String> place(String url, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofMinutes(2))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Process start(String... line) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("HTTP_PORT", "0");
    environment.put("MONGO_URL", Programs.patient(TestMongo.uri(database.getName())));
    return programs.start(environment, line);
  }
}
