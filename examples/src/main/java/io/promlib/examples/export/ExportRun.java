package io.promlib.examples.export;

import io.promlib.time.Timing;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Copies what an edge sends into a file, from behind what that holds, and checks its end. */
final class ExportRun {
  /** An edge that looks through many events for few is silent for long. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final ExportSettings settings;
  private final ExportFile file;
  private final ProgressBar bar;
  private final Timing timing;

  ExportRun(ExportSettings settings, ExportFile file, ProgressBar bar, Timing timing) {
    this.settings = settings;
    this.file = file;
    this.bar = bar;
    this.timing = timing;
  }

  /**
   * Copies to the end.
   *
   * @throws IOException if the edge cannot be reached or refuses, or sends what is no complete
   *     export; what came before that is in the file
   */
  void copy() throws IOException, InterruptedException {
    ExportSource.Answer answer = settings.source().open(fields());
    bar.begin(answer.from(), answer.to());
    try (InputStream in = new PatientInput(answer.lines(), timing, PATIENCE)) {
      copy(new Lines(in));
    } finally {
      bar.end();
    }
  }

  private void copy(Lines lines) throws IOException {
    long before = file.count();
    long lostBefore = file.lost();
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      ExportLine said = ExportLine.of(line);
      if (said.kind() == ExportLine.Kind.END) {
        complete(said, file.count() - before, file.lost() - lostBefore);
        return;
      }
      file.add(line, said);
      bar.show(said.seq(), file.count(), lines.taken());
    }
    throw new IOException("the stream was cut");
  }

  /* It speaks of what was sent since the start or the last resumption; the file's own end of all. */
  private void complete(ExportLine end, long came, long lost) throws IOException {
    if (end.count() != came || (came > 0 && end.seq() != file.lastSeq())) {
      throw new IOException(
          "the END speaks of %d events up to seq %d, but %d came, up to seq %d"
              .formatted(end.count(), end.seq(), came, file.lastSeq()));
    }
    if (end.lost() != lost) {
      throw new IOException(
          "the END speaks of %d lost positions, but %d were told".formatted(end.lost(), lost));
    }
    file.complete();
  }

  private Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>(settings.fields());
    if (file.position() > 0) {
      fields.put("fromSeq", Long.toString(file.position() + 1));
    }
    return fields;
  }
}
