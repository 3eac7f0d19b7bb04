package io.promlib.examples.bench.child;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of the benchmark, which ends with its input. */
public final class Child implements AutoCloseable {
  private static final int END_SECONDS = 10;

  private final String name;
  private final Process process;
  private final BufferedReader lines;
  private final Writer orders;
  private final Figures hello;

  public Child(String name, Class<?> main, List<String> jvm, List<String> arguments)
      throws IOException {
    this.name = name;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-cp");
    command.add(System.getProperty("java.class.path", "." + File.pathSeparator));
    command.add(main.getName());
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    lines = process.inputReader(StandardCharsets.UTF_8);
    orders = process.outputWriter(StandardCharsets.UTF_8);
    hello = Console.read(lines, name);
  }

  /** What it said when it was ready. */
  public Figures hello() {
    return hello;
  }

  /**
   * Sends an order and waits for its answer.
   *
   * @throws IOException if the process ended; what it said before is printed
   */
  public Figures ask(String order) throws IOException {
    if (process.isAlive()) {
      orders.write(order + "\n");
      orders.flush();
    }
    return Console.read(lines, name);
  }

  /** Ends its input and lets it come to its end, such as to write down a recording. */
  @Override
  public void close() {
    try {
      orders.close();
      process.waitFor(END_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      // It ended before.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
