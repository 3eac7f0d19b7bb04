package io.promlib.examples;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** One of the bundled programs. */
public interface Command {
  String name();

  /** A line for the list of programs. */
  String summary();

  /** What {@code --help} prints. */
  String help();

  /**
   * Runs the program to its end and returns the exit code.
   *
   * @param line its arguments, without its name
   * @throws UsageException if the arguments or the environment do not do
   */
  int run(List<String> line, Map<String, String> environment, PrintStream out) throws Exception;
}
