package io.promlib.examples.bench.hostile;

import io.promlib.examples.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/**
 * {@code bench hostile}: what ten good clients notice of a thousand hostile connections, and what
 * these cost the gateway's heap.
 */
public final class HostileBench implements Command {
  @Override
  public String name() {
    return "hostile";
  }

  @Override
  public String summary() {
    return "what good clients notice of hostile connections, and what these cost the gateway's heap";
  }

  @Override
  public String help() {
    return """
    bench hostile [options]

    Rounds in turns quiet and under attack, and what must hold. Exit code 1: something did not.
    Hostile connections come from 127.0.1.1 and on, which needs Linux.

      --kind <kind>       mixed, silent, half-open, flooding, slow-reading or huge (mixed)
      --connections <n>   hostile connections (1000)
      --clients <n>       good clients, of 20 events a second each (10)
      --frames <n>        small frames a second that all flooding ones send together (20000)
      --kib <n>           KiB a second of huge frames (16384)
      --seconds <n>       how long each figure is measured (10)
      --rounds <n>        rounds that count, after one that does not (3)
      --quick             one round of two seconds
    """;
  }

  /** Prints the rounds and a judgement; 1 if something asked was missed. */
  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws IOException {
    return new HostileRun(Plan.of(line), out).run() ? 0 : 1;
  }
}
