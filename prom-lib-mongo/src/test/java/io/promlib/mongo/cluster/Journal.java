package io.promlib.mongo.cluster;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a process writes down, a line at a time, in a file that all processes of a test share.
 *
 * <p>The file is opened for appending and a line is one write, so the operating system puts the
 * lines of all processes in one order, and what was written outlives a kill of its writer.
 */
final class Journal implements AutoCloseable {
  private final String who;
  private final FileOutputStream file;

  Journal(Path path, String who) throws IOException {
    this.who = who;
    file = new FileOutputStream(path.toFile(), true);
  }

  /** Writes the kind, who wrote it, and the words, none of which has a blank. */
  void note(Note.Kind kind, Object... words) {
    StringBuilder line = new StringBuilder(kind.name()).append(' ').append(who);
    for (Object word : words) {
      line.append(' ').append(word);
    }
    byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    try {
      file.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
