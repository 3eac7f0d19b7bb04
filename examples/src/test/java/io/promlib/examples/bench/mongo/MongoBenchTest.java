package io.promlib.examples.bench.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.mongo.testing.TestMongo;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MongoBenchTest {

  @Test
  @Timeout(600)
  void aSmallRunGivesEveryFigureAndLeavesNothingBehind() throws Exception {
    List<String> line = List.of("--seconds", "1", "--runs", "1", "--backlog", "1000");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      new MongoBench().run(line, Map.of("MONGO_URL", TestMongo.uri()), out);
    }

    String printed = bytes.toString(StandardCharsets.UTF_8);
    for (MongoCase one : EnumSet.range(MongoCase.PUBLISH, MongoCase.CURSOR)) {
      assertThat(printed).containsPattern("(?m)^" + one.label() + " +[0-9,]+ ");
    }
    assertThat(printed)
        .containsPattern("publish, pipelined / insertMany of 1000 +[0-9.]+ +>= 0.8")
        .containsPattern("p50, publish one at a time / insertOne +[0-9.]+ +<= 1.3")
        .containsPattern("the same with a cursor +[0-9.]+ +>= 0.35")
        .containsPattern("calls for each 100 events under backlog +[0-9.]+ +<= 0.5");
    assertThat(TestMongo.client().listDatabaseNames())
        .noneMatch(name -> name.startsWith("prom_bench_"));
  }

  @Test
  @Timeout(600)
  void aSmallRunOfTheOutboxGivesEveryFigure() throws Exception {
    List<String> line = List.of("--seconds", "1", "--runs", "1", "--records", "500");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      new OutboxBench().run(line, Map.of("MONGO_URL", TestMongo.uri()), out);
    }

    String printed = bytes.toString(StandardCharsets.UTF_8);
    for (MongoCase one : EnumSet.range(MongoCase.OUTBOX_ONE, MongoCase.OUTBOX_PLAIN)) {
      assertThat(printed).containsPattern("(?m)^" + one.label() + " +[0-9,]+ ");
    }
    assertThat(printed)
        .containsPattern("drain, one drainer / one record at a time +[0-9.]+ +>= 30")
        .containsPattern("calls for each batch of 100, one drainer +[0-9.]+ +<= 6");
  }

  @Test
  void figuresGoFromOneJvmToAnotherAsALineAndHaveTheirMedians() {
    MongoFigures some = new MongoFigures(100.5, 3, 0.25);
    assertThat(MongoFigures.isLine(some.toLine())).isTrue();
    assertThat(MongoFigures.ofLine(some.toLine())).isEqualTo(some);

    List<MongoFigures> runs =
        List.of(
            new MongoFigures(100, 9, 1), new MongoFigures(300, 7, 3), new MongoFigures(200, 8, 2));
    assertThat(MongoFigures.median(runs)).isEqualTo(new MongoFigures(200, 8, 2));
    assertThat(MongoFigures.spread(runs)).isEqualTo(1.0);
  }
}
