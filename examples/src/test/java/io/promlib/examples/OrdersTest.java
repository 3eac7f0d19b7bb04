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
import java.util.Map;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The order service as processes that crash where they are told to. */
@Timeout(240)
class OrdersTest {
  private static final int ORDERS = 12;
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
    Process crashing = start("orders", "--crash-at", step);
    String url = programs.awaited(crashing, "orders +(\\S+)");
    for (int number = 0; number < ORDERS && crashing.isAlive(); number++) {
      try {
        place(url, order(number));
      } catch (IOException crashed) {
        break;
      }
    }
    assertThat(programs.ended(crashing)).isEqualTo(CRASHED);

    Process service = start("orders");
    String again = programs.awaited(service, "orders +(\\S+)");
    // A caller without an answer asks again with the same id.
    for (int number = 0; number < ORDERS; number++) {
      assertThat(place(again, order(number)).statusCode()).isIn(200, 201);
    }
    awaitAgreement();

    assertThat(database.getCollection("orders").countDocuments()).isEqualTo(ORDERS);
    assertThat(database.getCollection("totals").find(new Document("_id", "ada")).first())
        .isEqualTo(new Document("_id", "ada").append("cents", 630L).append("orders", 6L));
    assertThat(
            database.getCollection("events").countDocuments(new Document("topic", "order.placed")))
        .isEqualTo(ORDERS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"cents\": 1}| customer is missing",
        "{\"customer\": \"ada\"}| cents is missing",
        "{\"customer\": \"\", \"cents\": 1}| key",
        "{\"customer\": \"ada\", \"cents\": 0}| cents must be from 1",
        "{\"customer\": \"ada\", \"cents\": 1000000001}| cents must be from 1",
        "{\"customer\": \"ada\", \"cents\": 1.5}| JSON",
        "{\"customer\": \"ada\", \"cents\": 1, \"id\": \"a b\"}| id",
        "{\"customer\": \"ada\", \"cents\": 1} x| JSON",
        "nothing| JSON"
      })
  void aRequestThatIsNoOrderIsRefusedAndNothingIsWritten(String body, String says)
      throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");

    HttpResponse<String> answer = place(url, body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(says);
    assertThat(database.getCollection("orders").countDocuments()).isZero();
    assertThat(database.getCollection("outbox").countDocuments()).isZero();
  }

  @Test
  void anIdBelongsToOneOrder() throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");

    assertThat(place(url, order(1)).statusCode()).isEqualTo(201);
    assertThat(place(url, order(1)).body()).contains("\"duplicate\":true");
    HttpResponse<String> other =
        place(url, "{\"id\": \"order-1\", \"customer\": \"ada\", \"cents\": 1}");

    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(other.body()).contains("order-1");
    awaitAgreement();
  }

  @Test
  void otherPathsAndMethodsAndBodiesThatAreTooLongAreRefused() throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");

    assertThat(place(url + "/1", order(1)).statusCode()).isEqualTo(404);
    assertThat(place(url, "x".repeat(20_000)).statusCode()).isEqualTo(413);
    HttpResponse<String> got =
        http.send(
            HttpRequest.newBuilder(URI.create(url)).GET().build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(got.statusCode()).isEqualTo(405);
    assertThat(got.headers().firstValue("Allow")).contains("POST");
  }

  @Test
  void theCheckSeesWhatDoesNotAgree() throws Exception {
    String url = programs.awaited(start("orders"), "orders +(\\S+)");
    place(url, order(1));
    place(url, order(2));
    awaitAgreement();
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

  private void awaitAgreement() {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              Process check = start("orders-check");
              assertThat(programs.ended(check)).as(programs.printed(check)).isZero();
            });
  }

  /** Half of them ada's, who orders for 630 cents in all. */
  private static String order(int number) {
    return "{\"id\": \"order-%d\", \"customer\": \"%s\", \"cents\": %d}"
        .formatted(number, number % 2 == 0 ? "ada" : "bob", 100 + number);
  }

  private HttpResponse<String> place(String url, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Process start(String... line) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("HTTP_PORT", "0");
    environment.put("MONGO_URL", TestMongo.uri(database.getName()));
    return programs.start(environment, line);
  }
}
