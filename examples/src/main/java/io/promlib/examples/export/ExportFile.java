package io.promlib.examples.export;

import io.promlib.examples.UsageException;
import io.promlib.examples.export.ExportLine.Kind;
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
  private long position;
  private long lost;

  private ExportFile(Path path, FileChannel channel, Content content) throws IOException {
    this.path = path;
    this.channel = channel;
    count = content.count;
    lastSeq = content.lastSeq;
    position = content.position;
    lost = content.lost;
    channel.truncate(content.bytes);
    channel.position(content.bytes);
    out = new BufferedOutputStream(Channels.newOutputStream(channel), 256 << 10);
  }

  /**
   * What a file holds.
   *
   * @param bytes of its whole lines
   * @param count how many events
   * @param lastSeq the last event's position, 0 if there is none
   * @param position up to which it tells what there was: the last event's, or that of a gap behind
   *     it
   * @param lost how many positions were gone, by what it says
   */
  record Content(
      long bytes, long count, long lastSeq, long position, long lost, boolean isComplete) {
    static final Content NOTHING = new Content(0, 0, 0, 0, 0, false);
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
    long position = 0;
    long lost = 0;
    long bytes = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Lines lines = new Lines(in);
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        ExportLine event = read(line, file);
        bytes = lines.taken();
        if (event.kind() == Kind.END) {
          return new Content(bytes, count, lastSeq, position, event.lost(), true);
        }
        position = event.seq();
        if (event.kind() == Kind.GAP) {
          lost += event.lost();
          continue;
        }
        if (!event.topic().equals(topic)) {
          throw new UsageException(
              "--out " + file + " is an export of " + event.topic() + ", not of " + topic);
        }
        count++;
        lastSeq = event.seq();
      }
    }
    return new Content(bytes, count, lastSeq, position, lost, false);
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

  /** Adds an event or a gap. */
  void add(byte[] line, ExportLine said) throws IOException {
    out.write(line);
    out.write('\n');
    position = said.seq();
    lost += said.lost();
    if (said.kind() == Kind.EVENT) {
      count++;
      lastSeq = position;
    }
  }

  /** Says that this is all, and returns when the file is on its disk. */
  void complete() throws IOException {
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

  /** Up to where it tells what there was: it is gone on with behind that. */
  long position() {
    return position;
  }

  /** How many positions the topic no longer held. */
  long lost() {
    return lost;
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
