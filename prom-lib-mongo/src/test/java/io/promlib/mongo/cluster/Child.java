package io.promlib.mongo.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** The child's end of the pipes to the test: it says when it is ready, and is told go and stop. */
final class Child {
  private static final int ORPHANED = 3;

  private final CountDownLatch go = new CountDownLatch(1);
  private final CountDownLatch stop = new CountDownLatch(1);

  Child() {
    Thread orders = new Thread(this::orders, "orders");
    orders.setDaemon(true);
    orders.start();
  }

  private void orders() {
    try {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        switch (line) {
          case "go" -> go.countDown();
          case "stop" -> stop.countDown();
          default -> System.err.println("unknown order " + line);
        }
      }
    } catch (IOException e) {
      System.err.println("no more orders: " + e);
    }
    if (stop.getCount() > 0) {
      // The test is gone, and nobody would end this process.
      Runtime.getRuntime().halt(ORPHANED);
    }
  }

  void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  void awaitGo() throws InterruptedException {
    go.await();
  }

  void awaitStop() throws InterruptedException {
    stop.await();
  }

  boolean isStopped() {
    return stop.getCount() == 0;
  }
}
