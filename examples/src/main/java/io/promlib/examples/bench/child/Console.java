package io.promlib.examples.bench.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How the benchmark's processes talk: a line in, a line of figures out, until the input ends. */
public final class Console {
  private static final String MARK = "= ";

  /** Carries out one order. */
  public interface Orders {
    Map<String, ?> answer(String order, List<String> words) throws Exception;
  }

  private Console() {}

  public static void say(Map<String, ?> figures) {
    System.out.println(toLine(figures));
    System.out.flush();
  }

  public static void serve(Orders orders) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      List<String> words = List.of(line.split(" ", -1));
      say(orders.answer(words.get(0), words.subList(1, words.size())));
    }
  }

  private static String toLine(Map<String, ?> figures) {
    return figures.entrySet().stream()
        .map(figure -> figure.getKey() + "=" + figure.getValue())
        .collect(Collectors.joining(" ", MARK, ""));
  }

  /** The figures of a line; the next such line of the process, its other lines passed on. */
  static Figures read(BufferedReader lines, String process) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(MARK)) {
        return Figures.ofLine(line.substring(MARK.length()));
      }
      System.out.println("  " + process + ": " + line);
    }
    throw new IOException("the " + process + " process ended");
  }
}
