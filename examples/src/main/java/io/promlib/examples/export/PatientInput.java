package io.promlib.examples.export;

import io.promlib.time.Timing;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** A stream that fails when nothing comes for too long. For one thread. */
final class PatientInput extends FilterInputStream {
  private final Timing timing;
  private final Duration patience;
  private volatile boolean late;

  PatientInput(InputStream in, Timing timing, Duration patience) {
    super(in);
    this.timing = timing;
    this.patience = patience;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Thread own = Thread.currentThread();
    Timing.Alarm alarm =
        timing.schedule(
            () -> {
              late = true;
              own.interrupt();
            },
            patience);
    try {
      return in.read(into, offset, length);
    } catch (IOException e) {
      if (late) {
        throw new IOException("nothing came for " + patience.toSeconds() + " s", e);
      }
      throw e;
    } finally {
      alarm.cancel();
      if (late) {
        // It has done what it was for, and must not break what the thread does next.
        boolean unused = Thread.interrupted();
      }
    }
  }
}
