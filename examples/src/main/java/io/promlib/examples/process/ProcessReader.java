package io.promlib.examples.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the processes of this machine. One whose figures cannot be read is left out. Not safe for
 * several threads.
 */
interface ProcessReader {

  /**
   * Every process as it stands; one that is seen for the first time may be left out until the next
   * call.
   */
  List<Reading> read() throws IOException;

  /** The reader that fits the machine. */
  static ProcessReader ofThisMachine() {
    Path proc = Path.of("/proc");
    return Files.isReadable(proc.resolve("self/stat")) ? new ProcFs(proc) : new PsCommand();
  }
}
