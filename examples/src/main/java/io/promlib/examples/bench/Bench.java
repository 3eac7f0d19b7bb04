package io.promlib.examples.bench;

import io.promlib.examples.Command;
import io.promlib.examples.UsageException;
import io.promlib.examples.bench.hostile.HostileBench;
import io.promlib.examples.bench.mongo.MongoBench;
import io.promlib.examples.bench.mongo.OutboxBench;
import io.promlib.examples.bench.state.StateBench;
import io.promlib.examples.bench.ws.WsBench;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code bench <what>}: measures a part beside the limit that its budget is set against. */
public final class Bench implements Command {
  private static final List<Command> BENCHES =
      List.of(
          new BusBench(),
          OperationBench.acl(),
          OperationBench.jwt(),
          new MongoBench(),
          new OutboxBench(),
          new StateBench(),
          new MemoryBench(),
          new WsBench(),
          new HostileBench());

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "measures a part beside its limits: " + names();
  }

  @Override
  public String help() {
    return BENCHES.stream()
        .map(bench -> "# " + bench.summary() + "\n" + bench.help())
        .collect(Collectors.joining("\n", "bench <part> [options]\n\n", ""));
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    String asked = line.isEmpty() ? "" : line.get(0);
    for (Command bench : BENCHES) {
      if (bench.name().equals(asked)) {
        return bench.run(line.subList(1, line.size()), environment, out);
      }
    }
    String given = line.isEmpty() ? "nothing" : "'" + asked + "'";
    throw new UsageException("bench measures: " + names() + "; " + given + " was given");
  }

  private static String names() {
    return BENCHES.stream().map(Command::name).collect(Collectors.joining(", "));
  }
}
