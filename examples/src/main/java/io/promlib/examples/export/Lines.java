package io.promlib.examples.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Cuts a stream into lines; what follows the last line break is none. */
final class Lines {
  /** An event has 1 MiB by default; a host may allow more, and what is beyond this is no export. */
  private static final int LONGEST = 64 << 20;

  private final InputStream in;
  private final byte[] piece = new byte[64 << 10];
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private int at;
  private int size;
  private long taken;

  Lines(InputStream in) {
    this.in = in;
  }

  /** The next line without its break; null where the stream ends. */
  byte @Nullable [] next() throws IOException {
    while (true) {
      for (int i = at; i < size; i++) {
        if (piece[i] == '\n') {
          begun.write(piece, at, i - at);
          at = i + 1;
          byte[] line = begun.toByteArray();
          begun.reset();
          taken += line.length + 1L;
          return line;
        }
      }
      begun.write(piece, at, size - at);
      if (begun.size() > LONGEST) {
        throw new IOException("a line has more than " + LONGEST + " bytes: this is no export");
      }
      at = 0;
      size = Math.max(0, in.read(piece));
      if (size == 0) {
        return null;
      }
    }
  }

  /** The bytes of all lines so far. */
  long taken() {
    return taken;
  }
}
