package io.promlib.examples;

import io.promlib.examples.bench.Bench;
import io.promlib.examples.export.Export;
import io.promlib.examples.orders.OrderCheck;
import io.promlib.examples.orders.OrderService;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Runs the program that the first argument names. Exit code 2: the arguments or the environment do
 * not do.
 */
public final class Main {
  private static final int USAGE = 2;
  private static final List<Command> COMMANDS =
      List.of(
          new Demo(),
          new EventGateway(),
          new EventHub(),
          new Token(InstantSource.system()),
          new Watch(),
          new Export(),
          new Embedded(),
          new OrderService(),
          new OrderCheck(),
          new Bench());

  private Main() {}

  static List<String> programs() {
    return COMMANDS.stream().map(Command::name).toList();
  }

  public static void main(String[] line) throws Exception {
    JdkServer.bound(System.getProperties());
    System.exit(run(List.of(line), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> line, Map<String, String> environment, PrintStream out, PrintStream err)
      throws Exception {
    if (line.isEmpty() || isHelp(line.get(0))) {
      (line.isEmpty() ? err : out).print(overview());
      return line.isEmpty() ? USAGE : 0;
    }
    Optional<Command> named =
        COMMANDS.stream().filter(command -> command.name().equals(line.get(0))).findFirst();
    if (named.isEmpty()) {
      err.println("unknown program '" + line.get(0) + "'");
      err.print(overview());
      return USAGE;
    }
    Command command = named.get();
    if (line.stream().anyMatch(Main::isHelp)) {
      out.print(command.help());
      return 0;
    }
    try {
      return command.run(line.subList(1, line.size()), environment, out);
    } catch (UsageException e) {
      err.println(command.name() + ": " + e.getMessage());
      return USAGE;
    }
  }

  private static boolean isHelp(String word) {
    return word.equals("--help") || word.equals("-h");
  }

  private static String overview() {
    return COMMANDS.stream()
        .map(command -> String.format("  %-14s %s%n", command.name(), command.summary()))
        .collect(
            Collectors.joining(
                "", "java -jar prom-lib-examples.jar <program> [--help]\n\nPrograms:\n", ""));
  }
}
