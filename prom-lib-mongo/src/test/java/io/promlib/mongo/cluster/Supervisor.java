package io.promlib.mongo.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keeps so many consumers running, as whatever runs services does. */
final class Supervisor {
  private final Cluster cluster;
  private final Map<String, Object> settings;
  private final List<ChildJvm> running = new ArrayList<>();
  private int fallen;

  Supervisor(Cluster cluster, int processes, Map<String, Object> settings) throws IOException {
    this.cluster = cluster;
    this.settings = settings;
    for (int i = 0; i < processes; i++) {
      running.add(cluster.start("consumer", ConsumerMain.class, settings));
    }
  }

  void restartTheFallen() throws IOException {
    for (int i = 0; i < running.size(); i++) {
      ChildJvm child = running.get(i);
      if (!child.isAlive()) {
        fallen++;
        cluster.kill(child);
        running.set(i, cluster.start("consumer", ConsumerMain.class, settings));
      }
    }
  }

  int fallen() {
    return fallen;
  }
}
