package io.promlib.examples.bench.mongo;

import java.util.concurrent.TimeUnit;

/**
 * Measures one case in the JVM that the benchmark started for it: its name, the seconds and the
 * backlog. The server is named by {@code MONGO_URL}, which no list of processes shows.
 */
public final class MongoCaseMain {
  private MongoCaseMain() {}

  public static void main(String[] line) throws InterruptedException {
    String url = System.getenv(MongoRuns.VARIABLE);
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(line[1]));
    MongoFigures figures;
    try (Ground ground = new Ground(url)) {
      figures = MongoCase.valueOf(line[0]).measure(ground, nanos, Integer.parseInt(line[2]));
    }
    System.out.println(figures.toLine());
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
