package io.promlib.examples.export;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.examples.Terminal;
import io.promlib.examples.UsageException;
import io.promlib.examples.export.ExportFile.Content;
import io.promlib.time.Timing;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code export}: a topic's events into a file, over HTTP. */
public final class Export implements Command {
  private static final int CUT = 1;
  private static final int INCOMPLETE = 3;

  @Override
  public String name() {
    return "export";
  }

  @Override
  public String summary() {
    return "a topic's events over HTTP into a file, a line for each";
  }

  @Override
  public String help() {
    return """
    export --topic <topic> --out <file> [options]

    Writes the events of a topic, in order, as lines of JSON, and at last a line that says that
    they are all. What was cut, by whatever, goes on with --resume, to the same file byte for byte.
    Where events were gone before they were read, a line says which.

      --topic <topic>    what to export
      --out <file>       where to; it must not be there yet, but with --resume
      --resume           go on behind what the file holds
      --url <address>    the HTTP edge's, http: or https: (HTTP_URL, else http://127.0.0.1:8081/)
      --token <token>    the token (WS_TOKEN, which does not show in the list of processes)
      --from-seq <n>     from this position on
      --to-seq <n>       up to this position; the tail of when it begins if not given
      --from-ts <time>   only events at or after this time, in epoch milliseconds or such as
                         2030-01-01T00:00:00Z
      --to-ts <time>     only events before this time
      --gzip             have it compressed on the way
      --trust <file>     whom to trust behind https:, as PEM or a keystore, whose password is
                         WS_TRUST_PASSWORD (WS_TRUST, else the platform's trust store)

    Exit code 0: the file is complete. 1: it is not; try --resume. 2: the arguments do not do.
    3: it is complete, but for events that the topic no longer held.
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args args =
        Args.parse(
            line,
            Set.of(
                "topic", "out", "url", "token", "from-seq", "to-seq", "from-ts", "to-ts", "trust"),
            Set.of("resume", "gzip"));
    ExportSettings settings = ExportSettings.of(args, environment);
    try (Timing timing = Timing.system()) {
      Content content = content(settings);
      if (content.isComplete()) {
        out.println(settings.file() + " is complete: " + content.count() + " events");
        return lost(content.lost(), out);
      }
      try (ExportFile file = ExportFile.open(settings.file(), content)) {
        ProgressBar bar = new ProgressBar(out, Terminal.present(), timing);
        return export(new ExportRun(settings, file, bar, timing), file, out);
      }
    } catch (IOException e) {
      out.println("export: " + why(e));
      return CUT;
    }
  }

  private static Content content(ExportSettings settings) throws IOException {
    Path file = settings.file();
    if (!settings.resume() && Files.exists(file)) {
      throw new UsageException(
          "--out " + file + " is there already: give --resume to go on with it, or another file");
    }
    return ExportFile.content(file, settings.topic());
  }

  private static int export(ExportRun run, ExportFile file, PrintStream out)
      throws InterruptedException {
    try {
      run.copy();
    } catch (IOException e) {
      out.printf("export: %s; %s; --resume goes on with it%n", why(e), file);
      return CUT;
    }
    out.println("complete: " + file);
    return lost(file.lost(), out);
  }

  private static int lost(long lost, PrintStream out) {
    if (lost == 0) {
      return 0;
    }
    out.println("export: " + lost + " positions were gone, by the topic's retention");
    return INCOMPLETE;
  }

  private static String why(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
