package io.promlib.examples.export;

import io.promlib.examples.UsageException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that an export goes to. It holds whole lines only, but for one that a crash cut, which
 * is dropped when it is gone on with.
 */
final class ExportFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final OutputStream out;
  private long count;
  private long lastSeq;

  private ExportFile(Path path, FileChannel channel, Content content) throws IOException {
    this.path = path;
    this.channel = channel;
    count = content.count;
    lastSeq = content.lastSeq;
    channel.truncate(content.bytes);
    channel.position(content.bytes);
    out = new BufferedOutputStream(Channels.newOutputStream(channel), 256 << 10);
  }

  /** What a file holds: whole lines, so many and up to this position. */
  record Content(long bytes, long count, long lastSeq, boolean isComplete) {
    static final Content NOTHING = new Content(0, 0, 0, false);
  }

  /**
   * Looks through a file.
   *
   * @throws UsageException if it is no export of this topic
   */
  static Content content(Path file, String topic) throws IOException {
    if (!Files.exists(file)) {
      return Content.NOTHING;
    }
    long count = 0;
    long lastSeq = 0;
    long bytes = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Lines lines = new Lines(in);
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        ExportLine event = read(line, file);
        bytes = lines.taken();
        if (event.isEnd()) {
          return new Content(bytes, count, lastSeq, true);
        }
        if (!event.topic().equals(topic)) {
          throw new UsageException(
              "--out " + file + " is an export of " + event.topic() + ", not of " + topic);
        }
        count++;
        lastSeq = event.seq();
      }
    }
    return new Content(bytes, count, lastSeq, false);
  }

  private static ExportLine read(byte[] line, Path file) {
    try {
      return ExportLine.of(line);
    } catch (IOException e) {
      throw new UsageException(
          "--out " + file + " is no export: " + e.getMessage() + "; name another file");
    }
  }

  /** Opens a file to go on behind what it holds, which {@link #content} told. */
  static ExportFile open(Path file, Content content) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      return new ExportFile(file, channel, content);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  void add(byte[] line, long seq) throws IOException {
    out.write(line);
    out.write('\n');
    count++;
    lastSeq = seq;
  }

  /** Says that this is all, and returns when the file is on its disk. */
  void complete(long lost) throws IOException {
    out.write(ExportLine.end(count, lastSeq, lost));
    out.write('\n');
    out.flush();
    channel.force(true);
  }

  long count() {
    return count;
  }

  long lastSeq() {
    return lastSeq;
  }

  @Override
  public String toString() {
    return path + ", " + count + " events up to seq " + lastSeq;
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      out.flush();
    }
  }
}
