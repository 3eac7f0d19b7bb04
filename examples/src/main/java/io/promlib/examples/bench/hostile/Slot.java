package io.promlib.examples.bench.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One hostile connection, which is made anew when it was cut. Only the swarm's thread uses it. */
final class Slot {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long TRICKLE_READ = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long STEADY = TimeUnit.MILLISECONDS.toNanos(40);
  private static final int SMALL_WINDOW = 4 << 10;

  private final Attack attack;
  private final InetSocketAddress from;
  private final InetSocketAddress gateway;
  private @Nullable SocketChannel socket;
  private ByteBuffer pending = ByteBuffer.allocate(0);
  private boolean connected;
  private long notBefore;
  private long nextSend;
  private long nextRead;
  private int trickled;

  Slot(Attack attack, InetSocketAddress from, InetSocketAddress gateway) {
    this.attack = attack;
    this.from = from;
    this.gateway = gateway;
  }

  boolean isUp() {
    return connected;
  }

  boolean mayConnect(long now) {
    return socket == null && now - notBefore >= 0;
  }

  void connect(Selector selector) throws IOException {
    SocketChannel made = SocketChannel.open();
    socket = made;
    made.configureBlocking(false);
    if (attack.reading() != Attack.Reading.ALL) {
      made.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_WINDOW);
    }
    made.bind(from);
    pending = attack.opening().duplicate();
    trickled = 0;
    made.register(selector, SelectionKey.OP_CONNECT, this);
    made.connect(gateway);
  }

  /** The selector found it ready; false if it was cut. */
  boolean onReady(SelectionKey key, ByteBuffer scratch, long now) throws IOException {
    SocketChannel open = socket;
    if (open == null) {
      return false;
    }
    if (key.isConnectable()) {
      open.finishConnect();
      connected = true;
      nextSend = now + SECOND;
      nextRead = now;
      key.interestOps(attack.reading() == Attack.Reading.ALL ? SelectionKey.OP_READ : 0);
      write(open);
      return true;
    }
    return read(open, scratch.clear());
  }

  private static boolean read(SocketChannel open, ByteBuffer into) throws IOException {
    return open.read(into) >= 0;
  }

  /** Sends what is due; false if it was cut. */
  boolean tick(long now, Budget frames, Budget bytes, ByteBuffer scratch) throws IOException {
    SocketChannel open = socket;
    if (open == null || !connected) {
      return true;
    }
    if (attack.reading() == Attack.Reading.TRICKLE && now - nextRead >= 0) {
      nextRead = now + TRICKLE_READ;
      if (!read(open, scratch.clear().limit(1))) {
        return false;
      }
    }
    if (!pending.hasRemaining()) {
      refill(now, frames, bytes);
    }
    if (pending.hasRemaining()) {
      write(open);
    }
    return true;
  }

  private void refill(long now, Budget frames, Budget bytes) {
    ByteBuffer again = attack.again();
    switch (attack.pace()) {
      case NEVER -> {}
      case TRICKLE -> {
        if (now - nextSend >= 0) {
          nextSend = now + SECOND;
          pending = again.slice(trickled++ % again.limit(), 1);
        }
      }
      case STEADY -> {
        if (now - nextSend >= 0) {
          nextSend = now + STEADY;
          pending = again.duplicate();
        }
      }
      case FLOOD -> take(frames, Attacks.BURST);
      case BULK -> take(bytes, again.limit());
    }
  }

  private void take(Budget budget, int cost) {
    if (budget.isOpen()) {
      budget.spend(cost);
      pending = attack.again().duplicate();
    }
  }

  private void write(SocketChannel open) throws IOException {
    if (pending.hasRemaining()) {
      open.write(pending);
    }
  }

  /** Lets go of the socket; it may be made anew a second later. */
  void close(long now) {
    SocketChannel open = socket;
    socket = null;
    connected = false;
    notBefore = now + SECOND;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException gone) {
      // It was cut.
    }
  }
}
