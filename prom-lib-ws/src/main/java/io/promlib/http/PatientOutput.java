package io.promlib.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** Sends in pieces, each of which the peer is to take within the stream's patience. */
final class PatientOutput extends OutputStream {
  private static final int PIECE = 32 << 10;

  private final OutputStream out;
  private final Exchanges.Stream stream;

  PatientOutput(OutputStream out, Exchanges.Stream stream) {
    this.out = out;
    this.stream = stream;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    for (int done = 0; done < length; done += PIECE) {
      int from = offset + done;
      int piece = Math.min(PIECE, length - done);
      stream.patiently(() -> out.write(bytes, from, piece));
    }
  }

  @Override
  public void flush() throws IOException {
    stream.patiently(out::flush);
  }

  @Override
  public void close() throws IOException {
    stream.patiently(out::close);
  }
}
