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
  private long lost;

  ExportRun(ExportSettings settings, ExportFile file, ProgressBar bar, Timing timing) {
    this.settings = settings;
    this.file = file;
    this.bar = bar;
    this.timing = timing;
  }

  /** How many positions the topic no longer held. */
  long lost() {
    return lost;
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
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      ExportLine said = ExportLine.of(line);
      if (said.isEnd()) {
        complete(said, file.count() - before);
        return;
      }
      file.add(line, said.seq());
      bar.show(said.seq(), file.count(), lines.taken());
    }
    throw new IOException("the stream was cut");
  }

  private void complete(ExportLine end, long came) throws IOException {
    if (end.count() != came || (came > 0 && end.seq() != file.lastSeq())) {
      throw new IOException(
          "the END speaks of %d events up to seq %d, but %d came, up to seq %d"
              .formatted(end.count(), end.seq(), came, file.lastSeq()));
    }
    lost = end.lost();
    file.complete(lost);
  }

  private Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>(settings.fields());
    if (file.lastSeq() > 0) {
      fields.put("fromSeq", Long.toString(file.lastSeq() + 1));
    }
    return fields;
  }
}
