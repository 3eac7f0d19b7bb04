package io.promlib.mongo.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The processes of one test, their journal and their logs, in a folder of its own under {@code
 * target/cluster}. None outlives it, however the test ends.
 */
final class Cluster implements AutoCloseable {
  private final Path folder;
  private final Path path;
  private final Journal own;
  private final JournalReader journal;
  private final Map<String, Object> common;
  private final List<ChildJvm> children = new CopyOnWriteArrayList<>();
  private final AtomicInteger starts = new AtomicInteger();
  private final Thread hook = new Thread(this::killAll, "cluster-end");

  /** All children are given these settings, and {@code who} and {@code journal}. */
  Cluster(String test, Map<String, Object> common) throws IOException {
    folder = Files.createDirectories(Path.of("target", "cluster", test));
    path = folder.resolve("journal").toAbsolutePath();
    Files.deleteIfExists(path);
    own = new Journal(path, "test");
    journal = new JournalReader(path);
    this.common = Map.copyOf(common);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts a program; it may not be ready yet. */
  ChildJvm start(String name, Class<?> main, Map<String, Object> settings) throws IOException {
    String who = name + "-" + starts.incrementAndGet();
    Map<String, Object> all = new HashMap<>(common);
    all.putAll(settings);
    all.put("who", who);
    all.put("journal", path);
    ChildJvm child = new ChildJvm(who, main, all, folder);
    children.add(child);
    return child;
  }

  /** Waits for all that run. */
  void awaitReady(Duration patience) {
    children.stream().filter(ChildJvm::isAlive).forEach(child -> child.awaitReady(patience));
  }

  void go() {
    children.forEach(ChildJvm::go);
  }

  /** As kill -9; the journal says so behind the last that the process wrote. */
  void kill(ChildJvm child) {
    child.kill();
    children.remove(child);
    own.note(Note.Kind.KILLED, child.who());
  }

  /** Lets all that run end by themselves. */
  void stop(Duration patience) throws InterruptedException {
    stop(List.copyOf(children), patience);
  }

  void stop(List<ChildJvm> some, Duration patience) throws InterruptedException {
    some.forEach(ChildJvm::stop);
    for (ChildJvm child : some) {
      child.awaitEnd(patience);
    }
    children.removeAll(some);
  }

  JournalReader journal() {
    return journal;
  }

  @Override
  public void close() throws IOException {
    killAll();
    children.clear();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook runs already.
    }
    own.close();
    journal.close();
  }

  private void killAll() {
    children.forEach(ChildJvm::kill);
  }
}
