package io.promlib.bus.internal;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The library's own threads in this JVM, as far as they are platform threads. */
final class PromThreads {
  private static final int FRAMES = 12;

  private PromThreads() {}

  static Set<Thread> alive() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .filter(thread -> thread.getName().startsWith("prom-"))
        .collect(Collectors.toSet());
  }

  /** What each of them does. */
  static String dump() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> entry.getKey().getName().startsWith("prom-"))
        .map(PromThreads::lines)
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static String lines(Map.Entry<Thread, StackTraceElement[]> entry) {
    Thread thread = entry.getKey();
    return Arrays.stream(entry.getValue())
        .limit(FRAMES)
        .map(frame -> "\n    at " + frame)
        .collect(Collectors.joining("", thread.getName() + " " + thread.getState(), ""));
  }
}
