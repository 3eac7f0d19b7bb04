package io.promlib.mongo.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A JVM that runs one of the small programs of this package. It ends when its input does. */
final class ChildJvm {
  private static final List<String> JVM =
      List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

  private final String who;
  private final Path errors;
  private final Process process;
  private final Writer orders;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  /** What it prints as errors and logs goes to a file of its own in the folder. */
  ChildJvm(String who, Class<?> main, Map<String, Object> settings, Path folder)
      throws IOException {
    this.who = who;
    errors = folder.resolve(who + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    settings.forEach((name, value) -> command.add(name + "=" + value));
    process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    orders = process.outputWriter(StandardCharsets.UTF_8);
    Thread listener = new Thread(this::listen, "listener-" + who);
    listener.setDaemon(true);
    listener.start();
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("ready")) {
          ready.complete(null);
        }
      }
    } catch (IOException killed) {
      // The pipe breaks with its process.
    }
    ready.completeExceptionally(new IllegalStateException(who + " ended, see " + errors));
  }

  String who() {
    return who;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void awaitReady(Duration patience) {
    try {
      ready.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(who + " did not become ready, see " + errors, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  void go() {
    order("go");
  }

  /** Lets it close its bus and end. */
  void stop() {
    order("stop");
  }

  /** Waits until it ended by itself, and fails if that was not well. */
  void awaitEnd(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
      throw new AssertionError(who + " did not end well, see " + errors);
    }
  }

  /** Ends it as kill -9 does, and returns when it is gone. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends its input, as the test's own end does. */
  void hangUp() throws IOException {
    orders.close();
  }

  private void order(String line) {
    try {
      orders.write(line + "\n");
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(who + " takes no orders, see " + errors, e);
    }
  }
}
