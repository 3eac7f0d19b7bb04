package io.promlib.examples.export;

import io.promlib.time.Timing;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** How far an export is, on one line of a terminal; nothing where there is none. */
final class ProgressBar {
  private static final long EVERY = Duration.ofMillis(200).toNanos();
  private static final int WIDTH = 30;
  private static final double MEGA = 1e6;

  private final PrintStream out;
  private final boolean terminal;
  private final Timing timing;
  private long from;
  private long to;
  private long begun;
  private long drawn;
  private long seq;
  private long count;
  private long bytes;

  ProgressBar(PrintStream out, boolean terminal, Timing timing) {
    this.out = out;
    this.terminal = terminal;
    this.timing = timing;
  }

  /** Between these positions is what is to come. */
  void begin(long first, long last) {
    from = first;
    to = last;
    seq = first - 1;
    begun = timing.nanos();
    drawn = begun;
  }

  /** So many events up to this position, and so many bytes since it began. */
  void show(long position, long events, long came) {
    seq = position;
    count = events;
    bytes = came;
    if (terminal && timing.nanos() - drawn >= EVERY) {
      draw();
    }
  }

  /** Leaves the line as it is at the end. */
  void end() {
    if (terminal) {
      draw();
      out.println();
    }
  }

  private void draw() {
    drawn = timing.nanos();
    double part = to < from ? 1 : Math.min(1, (seq - from + 1.0) / (to - from + 1.0));
    int full = (int) (part * WIDTH);
    double seconds = Math.max(1, drawn - begun) / 1e9;
    out.printf(
        Locale.ROOT,
        "\r[%s%s] %3d %%  %d events  %.1f MB  %.1f MB/s ",
        "=".repeat(full),
        " ".repeat(WIDTH - full),
        (int) (part * 100),
        count,
        bytes / MEGA,
        bytes / MEGA / seconds);
    out.flush();
  }
}
