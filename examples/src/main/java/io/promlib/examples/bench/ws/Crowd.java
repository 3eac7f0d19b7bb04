package io.promlib.examples.bench.ws;

import io.promlib.event.PublishOptions;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.SubscribeOpts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Map;

/** Many connections that get every event, and one that has the next published. */
final class Crowd {
  private final Wire publisher;
  private final Selector selector = Selector.open();
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
  private final int count;
  private final boolean bare;
  private long frames;

  /** What a connection still has to read of the frame at hand; none: its header comes next. */
  private static final class Reading {
    private int left;
  }

  // NullAway does not see in a class file that a nested type may be null there.
  @SuppressWarnings("NullAway")
  Crowd(int port, boolean bare, int count) throws IOException {
    this.count = count;
    this.bare = bare;
    publisher = Wire.open(port, 0);
    for (int i = 0; i < count; i++) {
      Wire wire = Wire.open(port, 0);
      if (!bare) {
        wire.send(
            new ClientFrame.Subscribe(
                Sent.TOPIC, null, SubscribeOpts.tail(null, false, null, null, null), null));
        wire.read();
      }
      SocketChannel channel = wire.channel();
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new Reading());
    }
  }

  /** Publishes, waits until all have it, and so on. */
  Map<String, ?> measure(long nanos) throws IOException {
    pass(nanos);
    return Map.of("perSecond", pass(nanos), "p50", 0, "p99", 0, "p999", 0);
  }

  private double pass(long nanos) throws IOException {
    long start = System.nanoTime();
    long deliveries = 0;
    while (System.nanoTime() - start < nanos) {
      publisher.send(
          new ClientFrame.Publish(Sent.TOPIC, Sent.payload(), PublishOptions.none(), null));
      for (frames = 0; frames < count; ) {
        selector.select(key -> read((SocketChannel) key.channel(), (Reading) key.attachment()));
      }
      deliveries += count;
      // The answer; a bare broadcast reaches the publisher too.
      publisher.read();
    }
    return deliveries / ((System.nanoTime() - start) / 1e9);
  }

  private void read(SocketChannel from, Reading reading) {
    try {
      bytes.clear();
      if (from.read(bytes) < 0) {
        throw new IOException((bare ? "the bare server" : "the gateway") + " closed a connection");
      }
      bytes.flip();
      while (bytes.hasRemaining()) {
        if (reading.left == 0) {
          reading.left = frame();
        }
        int now = Math.min(reading.left, bytes.remaining());
        bytes.position(bytes.position() + now);
        reading.left -= now;
        frames += reading.left == 0 ? 1 : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The length of the frame whose header is next: it is small, so it came in one piece. */
  private int frame() {
    bytes.get();
    int length = bytes.get() & 0x7f;
    return length == 126 ? bytes.getShort() & 0xffff : length;
  }
}
