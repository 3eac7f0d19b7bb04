package io.promlib.testkit.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Inputs that found something once, as files beside the test that replays them. */
final class Corpus {
  private static final int MOST_SHOWN = 4000;

  private Corpus() {}

  static Map<String, byte[]> of(Class<?> test, String name) {
    Map<String, byte[]> inputs = new TreeMap<>();
    URL folder = test.getResource("corpus/" + name);
    if (folder == null) {
      return inputs;
    }
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      for (Path file : files.toList()) {
        inputs.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    return inputs;
  }

  /** The bytes as {@code printf '%b'} takes them: ASCII as it is, others in hex. */
  static String shown(byte[] input) {
    StringBuilder shown = new StringBuilder();
    for (byte b : input) {
      if (shown.length() > MOST_SHOWN) {
        return shown.append('…').toString();
      }
      if (b >= ' ' && b < 127 && b != '\\') {
        shown.append((char) b);
      } else {
        shown.append(String.format("\\x%02x", b & 0xff));
      }
    }
    return shown.toString();
  }
}
