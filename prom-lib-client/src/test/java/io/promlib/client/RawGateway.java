package io.promlib.client;

import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A peer that takes every token and then writes the bytes that a test gives it, frames or not. Each
 * connection is served by a thread of its own.
 */
final class RawGateway implements AutoCloseable {

  /** What is written, as soon as the client is authenticated. */
  @FunctionalInterface
  interface Bytes {
    void write(OutputStream out) throws IOException;
  }

  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CONTINUATION = 0;
  static final int PING = 9;
  static final int FIN = 0x80;
  static final int COMPRESSED = 0x40;

  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final ServerSocket server;
  private final AtomicInteger connections = new AtomicInteger();
  private final String headers;
  private final Bytes script;
  private volatile boolean reading = true;

  /** {@code headers} are added to the answer to the upgrade, each with its line end. */
  RawGateway(String headers, Bytes script) {
    this.headers = headers;
    this.script = script;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "raw-gateway");
    thread.setDaemon(true);
    thread.start();
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/");
  }

  int connections() {
    return connections.get();
  }

  /** From now on nothing is read once a client is authenticated. */
  void stopReading() {
    reading = false;
  }

  /** One frame, with the first byte of its header as given. */
  static byte[] frame(int first, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 10);
    frame.put((byte) first);
    if (payload.length < 126) {
      frame.put((byte) payload.length);
    } else if (payload.length < 65_536) {
      frame.put((byte) 126).putShort((short) payload.length);
    } else {
      frame.put((byte) 127).putLong(payload.length);
    }
    frame.put(payload).flip();
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  static byte[] text(String payload) {
    return frame(FIN | TEXT, payload.getBytes(StandardCharsets.UTF_8));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket accepted = server.accept();
        daemon(() -> serve(accepted));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      connections.incrementAndGet();
      DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      OutputStream out = socket.getOutputStream();
      out.write(upgrade(key(in)).getBytes(StandardCharsets.US_ASCII));
      ClientFrame auth = new Codec().readClient(payload(in));
      out.write(frame(FIN | TEXT, new Codec().write(ServerFrame.Ok.of(auth.corr()))));
      Thread writer =
          new Thread(
              () -> {
                try {
                  script.write(out);
                } catch (IOException e) {
                  // The client has left.
                }
              },
              "raw-gateway-writer");
      writer.setDaemon(true);
      writer.start();
      answer(in, out, writer);
    } catch (IOException | InterruptedException e) {
      // The client has left, or the test is over.
    }
  }

  /** Answers publishes, one after another, until the client leaves. */
  private void answer(DataInputStream in, OutputStream out, Thread writer)
      throws IOException, InterruptedException {
    if (!reading) {
      writer.join();
      return;
    }
    Codec codec = new Codec();
    long seq = 0;
    while (true) {
      byte[] payload = payload(in);
      if (payload.length == 0 || payload[0] != '{') {
        continue;
      }
      ClientFrame frame = codec.readClient(payload);
      writer.join();
      out.write(
          frame(
              FIN | TEXT,
              codec.write(
                  frame instanceof ClientFrame.Publish publish
                      ? ServerFrame.Ok.published(
                          frame.corr(), String.valueOf(publish.options().id()), ++seq, false)
                      : ServerFrame.Ok.of(frame.corr()))));
    }
  }

  private static String key(DataInputStream in) throws IOException {
    String key = "";
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.regionMatches(true, 0, "Sec-WebSocket-Key:", 0, 18)) {
        key = line.substring(18).trim();
      }
    }
    return key;
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private String upgrade(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
      return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: "
          + Base64.getEncoder().encodeToString(hash)
          + "\r\n"
          + headers
          + "\r\n";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next frame's payload, unmasked. */
  private static byte[] payload(DataInputStream in) throws IOException {
    in.readByte();
    int length = in.readByte() & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = (int) in.readLong();
    }
    byte[] mask = in.readNBytes(4);
    byte[] payload = in.readNBytes(length);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i % 4];
    }
    return payload;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
