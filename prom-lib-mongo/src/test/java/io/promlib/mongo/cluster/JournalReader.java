package io.promlib.mongo.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Reads a {@link Journal} while it is written, for one thread. */
final class JournalReader implements AutoCloseable {
  private final InputStream file;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private final List<Note> notes = new ArrayList<>();

  JournalReader(Path path) throws IOException {
    file = Files.newInputStream(path);
  }

  /** All that is written by now, in its order. */
  List<Note> notes() throws IOException {
    byte[] chunk = new byte[1 << 16];
    for (int got = file.read(chunk); got > 0; got = file.read(chunk)) {
      for (int i = 0; i < got; i++) {
        if (chunk[i] == '\n') {
          notes.add(Note.of(begun.toString(StandardCharsets.UTF_8)));
          begun.reset();
        } else {
          begun.write(chunk[i]);
        }
      }
    }
    return notes;
  }

  long count(Predicate<Note> which) throws IOException {
    return notes().stream().filter(which).count();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
