package io.promlib.examples.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Linux: {@code /proc/<pid>/stat} and {@code status}, see proc(5). The share of a processor is what
 * the process used between two readings, so the first reading of a process gives none. Kernel
 * threads hold no memory and are left out.
 */
final class ProcFs implements ProcessReader {
  /**
   * The unit of the times in {@code stat}: fixed for programs on Linux, whatever the kernel ticks
   * at.
   */
  private static final double TICK_NANOS = 1e9 / 100;

  private static final int STATE = 0;
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  private static final int START_TIME = 19;

  private final Path root;
  private final LongSupplier nanos;
  private Map<Long, Used> before = Map.of();

  ProcFs(Path root) {
    this(root, System::nanoTime);
  }

  ProcFs(Path root, LongSupplier nanos) {
    this.root = root;
    this.nanos = nanos;
  }

  @Override
  public List<Reading> read() throws IOException {
    List<Reading> readings = new ArrayList<>();
    Map<Long, Used> used = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(root, "[0-9]*")) {
      for (Path process : processes) {
        read(process, used).ifPresent(readings::add);
      }
    } catch (UncheckedIOException | java.nio.file.DirectoryIteratorException e) {
      throw new IOException("cannot list " + root, e);
    }
    before = used;
    return readings;
  }

  private Optional<Reading> read(Path process, Map<Long, Used> used) {
    try {
      long pid = Long.parseLong(process.getFileName().toString());
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name stands in parentheses and may hold any character, parentheses and spaces among
      // them.
      int open = stat.indexOf('(');
      int close = stat.lastIndexOf(')');
      String name =
          new String(
              stat.substring(open + 1, close).getBytes(StandardCharsets.ISO_8859_1),
              StandardCharsets.UTF_8);
      String[] fields = stat.substring(close + 2).strip().split(" ", -1);
      long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
      Used now = new Used(Long.parseLong(fields[START_TIME]), ticks, nanos.getAsLong());
      used.put(pid, now);
      Used then = before.get(pid);
      double kib = residentKib(process);
      if (kib < 0 || fields[STATE].equals("Z") || then == null || then.started != now.started) {
        return Optional.empty();
      }
      double cpu = 100 * (now.ticks - then.ticks) * TICK_NANOS / Math.max(1, now.at - then.at);
      return Optional.of(new Reading(pid, now.started, name, cpu, kib / 1024));
    } catch (IOException | RuntimeException endedOrHidden) {
      return Optional.empty();
    }
  }

  private static double residentKib(Path process) throws IOException {
    @Nullable String resident =
        Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1)
            .lines()
            .filter(line -> line.startsWith("VmRSS:"))
            .findFirst()
            .orElse(null);
    if (resident == null) {
      return -1;
    }
    return Long.parseLong(resident.substring("VmRSS:".length()).replace("kB", "").strip());
  }

  private record Used(long started, long ticks, long at) {}
}
