package io.promlib.examples.bench.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps hostile connections up and sends what they send, on one thread, {@code hostile}. They come
 * from as many loopback addresses as the gateway's limit per address asks for.
 */
final class Swarm {
  private static final int TICK_MILLIS = 5;
  private static final int PER_ADDRESS = 50;
  private static final int CONNECTS_PER_SECOND = 200;

  private final Selector selector;
  private final List<Slot> slots = new ArrayList<>();
  private final Budget frames;
  private final Budget bytes;
  private final Budget connects;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(64 << 10);
  private final AtomicLong opened = new AtomicLong();
  private final Thread thread = new Thread(this::run, "hostile");
  private volatile boolean running = true;
  private volatile int up;
  private volatile String failure = "-";

  /** The rates hold for all connections together. */
  Swarm(
      InetSocketAddress gateway,
      Attacks attacks,
      List<Kind> kinds,
      int connections,
      int framesPerSecond,
      int bytesPerSecond)
      throws IOException {
    selector = Selector.open();
    long now = System.nanoTime();
    frames = new Budget(framesPerSecond, now);
    bytes = new Budget(bytesPerSecond, now);
    connects = new Budget(CONNECTS_PER_SECOND, now);
    for (int i = 0; i < connections; i++) {
      slots.add(
          new Slot(
              attacks.of(kinds.get(i % kinds.size()), i / kinds.size()),
              new InetSocketAddress(address(i / PER_ADDRESS), 0),
              gateway));
    }
    if (kinds.contains(Kind.SLOW_READING)) {
      slots.add(new Slot(attacks.feed(), new InetSocketAddress(address(250), 0), gateway));
    }
    thread.setDaemon(true);
    thread.start();
  }

  private static InetAddress address(int number) throws IOException {
    return InetAddress.getByAddress(
        new byte[] {127, 0, (byte) (1 + number / 250), (byte) (1 + number % 250)});
  }

  /** How many are connected now. */
  int up() {
    return up;
  }

  /** How many were made, those that were cut among them. */
  long opened() {
    return opened.get();
  }

  /** Why the last connection could not be made; a dash if every one could. */
  String failure() {
    return failure;
  }

  private void run() {
    int first = 0;
    while (running) {
      try {
        selector.select(TICK_MILLIS);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      long now = System.nanoTime();
      for (SelectionKey key : selector.selectedKeys()) {
        onReady(key, now);
      }
      selector.selectedKeys().clear();
      frames.refill(now);
      bytes.refill(now);
      connects.refill(now);
      // Each turn begins with another one, so that all get their part of what may be sent.
      first = (first + 7) % slots.size();
      int count = 0;
      for (int i = 0; i < slots.size(); i++) {
        Slot slot = slots.get((first + i) % slots.size());
        tick(slot, now);
        count += slot.isUp() ? 1 : 0;
      }
      up = count;
    }
    slots.forEach(slot -> slot.close(0));
  }

  private void onReady(SelectionKey key, long now) {
    Slot slot = (Slot) key.attachment();
    boolean connecting = !slot.isUp();
    try {
      if (!key.isValid() || !slot.onReady(key, scratch, now)) {
        slot.close(now);
      }
    } catch (IOException e) {
      fail(slot, connecting, e, now);
    }
  }

  private void tick(Slot slot, long now) {
    boolean connecting = !slot.isUp();
    try {
      if (slot.mayConnect(now) && connects.isOpen()) {
        connects.spend(1);
        opened.incrementAndGet();
        slot.connect(selector);
      } else if (!slot.tick(now, frames, bytes, scratch)) {
        slot.close(now);
      }
    } catch (IOException e) {
      fail(slot, connecting, e, now);
    }
  }

  private void fail(Slot slot, boolean connecting, IOException e, long now) {
    if (connecting) {
      failure = String.valueOf(e.getMessage()).replace(' ', '_');
    }
    slot.close(now);
  }

  /** Cuts all connections and ends the thread. */
  void end() throws InterruptedException, IOException {
    running = false;
    selector.wakeup();
    thread.join();
    selector.close();
  }
}
