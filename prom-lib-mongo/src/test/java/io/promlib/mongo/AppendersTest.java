package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AppendersTest {
  private final MongoDatabase database = TestMongo.freshDatabase();
  private final FaultyDatabase faults = new FaultyDatabase(database);
  private final ManualClock clock = new ManualClock();
  private final TopicDocuments topics = new TopicDocuments(faults, clock);
  private final Appenders appenders =
      new Appenders(
          2,
          clock,
          topic ->
              new TopicAppender(
                  topic, faults, topics, clock, Duration.ofHours(1), "owner", nanos -> {}));

  @Test
  void whenTheyAreManyThoseThatWereIdleForAMinuteGo() {
    appenders.of("a");
    appenders.of("b");
    clock.advance(Duration.ofSeconds(30));
    TopicAppender young = appenders.of("c");
    clock.advance(Duration.ofSeconds(31));

    appenders.of("d");

    assertThat(appenders.known("a")).isNull();
    assertThat(appenders.known("b")).isNull();
    assertThat(appenders.known("c")).isSameAs(young);
  }

  @Test
  void aFewStayHoweverIdleTheyAre() {
    TopicAppender idle = appenders.of("a");
    clock.advance(Duration.ofHours(1));
    appenders.of("b");
    clock.advance(Duration.ofHours(1));
    appenders.of("b");

    assertThat(appenders.known("a")).isSameAs(idle);
  }

  @Test
  void oneThatTakesLongToAppendStays() {
    TopicAppender slow = appenders.of("a");
    appenders.of("b");
    appenders.of("c");
    faults.next(
        (documents, carryOut) -> {
          clock.advance(Duration.ofMinutes(2));
          appenders.of("d");
          carryOut.run();
        });

    slow.append(Events.events("e", 1), NOW);

    assertThat(appenders.known("a")).isSameAs(slow);
    assertThat(appenders.known("b")).isNull();
  }
}
