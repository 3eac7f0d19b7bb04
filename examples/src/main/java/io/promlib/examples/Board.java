package io.promlib.examples;

import io.promlib.examples.process.ProcessState;
import io.promlib.examples.process.ProcessState.Status;
import io.promlib.time.Timing;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Prints process states as they arrive: on a terminal a table of the busiest, drawn anew every two
 * seconds, else a line for each process that is seen first, falls silent or comes back, or changes
 * notably.
 */
final class Board {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
  private static final String CLEAR = "\u001b[H\u001b[2J";
  private static final long REDRAW_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int ROWS = 20;
  private static final int MOST_REMEMBERED = 10_000;
  private static final double NOTABLE_CPU = 10;
  private static final double NOTABLE_MEMORY = 0.1;

  private final PrintStream out;
  private final boolean terminal;
  private final String head;
  private final Timing timing;
  private final Map<String, ProcessState> shown = new HashMap<>();
  private long drawn;

  /**
   * A board.
   *
   * @param head what stands above the table
   */
  Board(PrintStream out, boolean terminal, String head, Timing timing) {
    this.out = out;
    this.terminal = terminal;
    this.head = head;
    this.timing = timing;
    drawn = timing.nanos();
    out.print(head);
    out.flush();
  }

  synchronized void show(ProcessState state) {
    ProcessState before = shown.get(state.processId());
    if (terminal) {
      shown.put(state.processId(), state);
      draw();
    } else if (notable(before, state)) {
      shown.put(state.processId(), state);
      out.println(row(state));
    }
    if (shown.size() > MOST_REMEMBERED) {
      shown.values().removeIf(old -> old.status() == Status.STALE);
    }
  }

  private static boolean notable(@Nullable ProcessState before, ProcessState now) {
    return before == null
        || before.status() != now.status()
        || Math.abs(before.cpuPct() - now.cpuPct()) >= NOTABLE_CPU
        || Math.abs(before.memMb() - now.memMb()) >= 1 + NOTABLE_MEMORY * before.memMb();
  }

  private void draw() {
    long now = timing.nanos();
    if (now - drawn < REDRAW_NANOS) {
      return;
    }
    drawn = now;
    List<ProcessState> busiest =
        shown.values().stream()
            .sorted(
                Comparator.comparing(ProcessState::status)
                    .thenComparing(Comparator.comparingDouble(ProcessState::cpuPct).reversed())
                    .thenComparing(Comparator.comparingDouble(ProcessState::memMb).reversed()))
            .limit(ROWS)
            .toList();
    StringBuilder table = new StringBuilder(CLEAR).append(head);
    busiest.forEach(state -> table.append(row(state)).append(System.lineSeparator()));
    table.append(shown.size()).append(" processes").append(System.lineSeparator());
    out.print(table);
    out.flush();
  }

  private static String row(ProcessState state) {
    return String.format(
        Locale.ROOT,
        "%s  %-5s  cpu %6.1f %%  mem %8.1f MB  %s",
        TIME.format(Instant.ofEpochMilli(state.lastSeenTs()).atZone(ZoneId.systemDefault())),
        state.status() == Status.ALIVE ? "alive" : "stale",
        state.cpuPct(),
        state.memMb(),
        state.processId());
  }
}
