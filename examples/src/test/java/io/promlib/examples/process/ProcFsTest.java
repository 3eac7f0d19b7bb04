package io.promlib.examples.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFsTest {
  private static final String NO_MEMORY = "";

  @TempDir Path proc;

  private final AtomicLong nanos = new AtomicLong();

  @Test
  void theShareOfAProcessorIsWhatWasUsedBetweenTwoReadings() throws IOException {
    ProcFs reader = new ProcFs(proc, nanos::get);
    process(7, "java", 'S', 100, 50, 1234, "  20480 kB");
    reader.read();
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
    process(7, "java", 'S', 180, 70, 1234, "  20480 kB");

    assertThat(reader.read())
        .singleElement()
        .satisfies(
            reading -> {
              assertThat(reading.pid()).isEqualTo(7);
              assertThat(reading.name()).isEqualTo("java");
              assertThat(reading.cpuPct()).isCloseTo(50.0, within(0.001));
              assertThat(reading.memMb()).isEqualTo(20.0);
            });
  }

  @Test
  void theFirstReadingOfAProcessGivesNoFigures() throws IOException {
    process(7, "java", 'S', 100, 50, 1234, "  20480 kB");

    assertThat(new ProcFs(proc, nanos::get).read()).isEmpty();
  }

  @Test
  void aPidThatCameBackAsAnotherProcessIsAFirstReading() throws IOException {
    ProcFs reader = new ProcFs(proc, nanos::get);
    process(7, "java", 'S', 100, 50, 1234, "  20480 kB");
    reader.read();
    process(7, "java", 'S', 1, 1, 5678, "  20480 kB");

    assertThat(reader.read()).isEmpty();
  }

  @Test
  void aNameMayHoldSpacesAndParentheses() throws IOException {
    ProcFs reader = new ProcFs(proc, nanos::get);
    process(7, "tmux: (1) ü", 'S', 0, 0, 1, " 1024 kB");
    reader.read();

    assertThat(reader.read()).extracting(Reading::name).containsExactly("tmux: (1) ü");
  }

  @Test
  void aProcessWhoseFiguresCannotBeReadIsLeftOut() throws IOException {
    ProcFs reader = new ProcFs(proc, nanos::get);
    process(1, "kernel-thread", 'S', 0, 0, 1, NO_MEMORY);
    process(2, "zombie", 'Z', 0, 0, 1, "  1024 kB");
    Files.createDirectory(proc.resolve("3"));
    Files.writeString(Files.createDirectory(proc.resolve("4")).resolve("stat"), "4 (odd");
    process(5, "fine", 'R', 0, 0, 1, "  1024 kB");
    reader.read();

    assertThat(reader.read()).extracting(Reading::pid).containsExactly(5L);
  }

  private void process(
      long pid, String name, char state, long user, long system, long started, String resident)
      throws IOException {
    Path directory = Files.createDirectories(proc.resolve(Long.toString(pid)));
    String stat =
        "%d (%s) %s 1 1 1 0 -1 4194560 9 0 0 0 %d %d 0 0 20 0 1 0 %d 9 9 9\n"
            .formatted(pid, name, state, user, system, started);
    Files.writeString(directory.resolve("stat"), stat);
    String memory = resident.isEmpty() ? "" : "VmRSS:\t" + resident + "\n";
    Files.writeString(directory.resolve("status"), "Name:\tx\nVmSize:\t 99 kB\n" + memory);
  }
}
