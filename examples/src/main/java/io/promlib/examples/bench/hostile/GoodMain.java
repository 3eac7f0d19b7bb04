package io.promlib.examples.bench.hostile;

import io.promlib.examples.Args;
import io.promlib.examples.bench.child.Console;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The good clients' process: {@code measure <seconds>}. */
public final class GoodMain {
  private GoodMain() {}

  public static void main(String[] line) throws Exception {
    Args args = Args.parse(List.of(line), Set.of("port", "token", "clients", "rate"), Set.of());
    URI gateway = URI.create("ws://127.0.0.1:" + args.number("port", 0, 1, 65_535) + "/");
    try (GoodClients clients =
        new GoodClients(
            gateway,
            args.text("token").orElseThrow(),
            args.number("clients", 10, 1, 100),
            args.number("rate", 20, 1, 200))) {
      Console.say(Map.of("ready", 1));
      Console.serve(
          (order, words) -> {
            Histogram nanos =
                clients.measure(TimeUnit.SECONDS.toNanos(Integer.parseInt(words.get(0))));
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("events", nanos.getTotalCount());
            figures.put("p50", nanos.getValueAtPercentile(50) / 1e6);
            figures.put("p99", nanos.getValueAtPercentile(99) / 1e6);
            figures.put("p999", nanos.getValueAtPercentile(99.9) / 1e6);
            figures.put("lost", clients.lost());
            figures.put("repeated", clients.repeated());
            figures.put("cuts", clients.cuts());
            figures.put("problem", clients.problem().replace(' ', '_'));
            figures.put("cpu", Cpu.seconds());
            return figures;
          });
    }
    System.exit(0);
  }
}
