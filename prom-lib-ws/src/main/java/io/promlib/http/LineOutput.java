package io.promlib.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/**
 * Gathers lines of JSON and passes them on when there are enough. A line break in a value's own
 * bytes can only be blank space between its tokens (RFC 8259, 2 and 7), so it becomes a space: a
 * payload keeps the spelling of all its numbers and texts and stays on its line.
 */
final class LineOutput extends OutputStream {
  private static final int SIZE = 32 << 10;

  private final OutputStream out;
  private final byte[] buffer = new byte[SIZE];
  private int size;

  LineOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    put((byte) (isBreak((byte) b) ? ' ' : b));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    for (int i = offset; i < offset + length; i++) {
      put(isBreak(bytes[i]) ? (byte) ' ' : bytes[i]);
    }
  }

  void endLine() throws IOException {
    put((byte) '\n');
  }

  /** Nothing: who writes into this flushes after each value. */
  @Override
  public void flush() {}

  /** Passes on what there is. */
  void send() throws IOException {
    out.write(buffer, 0, size);
    size = 0;
  }

  private void put(byte b) throws IOException {
    if (size == SIZE) {
      send();
    }
    buffer[size++] = b;
  }

  private static boolean isBreak(byte b) {
    return b == '\n' || b == '\r';
  }
}
