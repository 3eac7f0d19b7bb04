package io.promlib.ws;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Writes the small frames that wait for a socket by one call of the system; the library would make
 * one for each. One for all connections of a server: for the selector's thread only.
 */
final class Bundle {
  /*
   * The library writes the head of a connection's queue, and takes it out once nothing of it is left. A frame behind the
   * head that went with it is found empty when its turn comes, and is taken out without a write. Only the selector's
   * thread takes from a queue, so what stands behind the head goes next; others empty it only when the socket is gone.
   */
  private static final int SIZE = 64 << 10;
  private static final int LARGE = SIZE / 4;

  private final ByteBuffer bytes = ByteBuffer.allocateDirect(SIZE);
  private final List<ByteBuffer> frames = new ArrayList<>();

  /** Writes {@code head} and what is behind it; returns how many bytes the socket took. */
  @SuppressWarnings("ReferenceEquality") // it is the very buffer, not one that reads the same
  int write(ByteBuffer head, Queue<ByteBuffer> queue, SocketChannel socket) throws IOException {
    if (!head.hasRemaining()) {
      return 0;
    }
    if (head.remaining() >= LARGE || queue.peek() != head) {
      return socket.write(head);
    }
    try {
      gather(queue);
      int written = socket.write(bytes.flip());
      int left = written;
      for (ByteBuffer frame : frames) {
        int taken = Math.min(left, frame.remaining());
        frame.position(frame.position() + taken);
        left -= taken;
      }
      return written;
    } finally {
      frames.clear();
      bytes.clear();
    }
  }

  private void gather(Queue<ByteBuffer> queue) {
    for (ByteBuffer frame : queue) {
      if (frame.remaining() >= LARGE || frame.remaining() > bytes.remaining()) {
        return;
      }
      bytes.put(frame.duplicate());
      frames.add(frame);
    }
  }
}
