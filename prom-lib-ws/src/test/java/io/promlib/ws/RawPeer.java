package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client that speaks frames byte by byte, so that it can also get them wrong. */
final class RawPeer implements AutoCloseable {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  record Frame(int opcode, ByteBuffer body) {
    String text() {
      return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
    }

    byte[] bytes() {
      byte[] all = new byte[body.remaining()];
      body.duplicate().get(all);
      return all;
    }
  }

  private final Socket socket;
  private final DataInputStream in;

  private RawPeer(InetSocketAddress address, int receiveBuffer) {
    try {
      socket = new Socket();
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) Peer.LIMIT_SECONDS * 1000);
      socket.connect(address);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Over a connection that is there, such as one of TLS. */
  RawPeer(Socket connected) throws IOException {
    socket = connected;
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
  }

  /** Only a TCP connection. */
  static RawPeer dial(InetSocketAddress address) {
    return new RawPeer(address, 0);
  }

  static RawPeer connect(InetSocketAddress address) {
    return connect(address, 0);
  }

  static RawPeer connect(InetSocketAddress address, int receiveBuffer) {
    return new RawPeer(address, receiveBuffer).open();
  }

  /** Does the opening handshake. */
  RawPeer open() {
    ask("/");
    assertThat(readLine()).startsWith("HTTP/1.1 101");
    while (!readLine().isEmpty()) {
      // Headers are of no interest here.
    }
    return this;
  }

  /** Sends a handshake for a path, with more header lines. */
  RawPeer ask(String path, String... more) {
    List<String> lines = new ArrayList<>();
    lines.add("GET " + path + " HTTP/1.1");
    lines.add("Host: localhost");
    lines.add("Upgrade: websocket");
    lines.add("Connection: Upgrade");
    lines.add("Sec-WebSocket-Version: 13");
    lines.add("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
    lines.addAll(List.of(more));
    return write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
  }

  RawPeer login() {
    text("{\"op\":\"AUTH\",\"token\":\"" + Fixture.TOKEN + "\"}");
    assertThat(read().text()).contains("\"OK\"");
    return this;
  }

  String readLine() {
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
        if (b != '\r') {
          line.write(b);
        }
      }
      return line.toString(StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RawPeer text(String text) {
    return frame(true, TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends frames in one write, so that all of them arrive before the first can have an effect. */
  RawPeer together(String... texts) {
    return write(encoded(texts).toByteArray());
  }

  /** The same, and with them the head of a text of so many bytes, none of which comes. */
  RawPeer togetherWithHead(long length, String... texts) {
    ByteArrayOutputStream all = encoded(texts);
    all.writeBytes(encoded(0x80 | TEXT, length, new byte[0]));
    return write(all.toByteArray());
  }

  private static ByteArrayOutputStream encoded(String... texts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String text : texts) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      all.writeBytes(encoded(0x80 | TEXT, body.length, body));
    }
    return all;
  }

  RawPeer frame(boolean fin, int opcode, byte[] body) {
    return head((fin ? 0x80 : 0) | opcode, body.length, body);
  }

  /** Declares a length and sends nothing of it. */
  RawPeer header(int first, long length) {
    return head(first, length, new byte[0]);
  }

  private RawPeer head(int first, long length, byte[] body) {
    return write(encoded(first, length, body));
  }

  private static byte[] encoded(int first, long length, byte[] body) {
    ByteBuffer frame = ByteBuffer.allocate(14 + body.length);
    frame.put((byte) first);
    if (length < 126) {
      frame.put((byte) (0x80 | length));
    } else if (length < 65536) {
      frame.put((byte) 0xfe).putShort((short) length);
    } else {
      frame.put((byte) 0xff).putLong(length);
    }
    byte[] mask = {1, 2, 3, 4};
    frame.put(mask);
    for (int i = 0; i < body.length; i++) {
      frame.put((byte) (body[i] ^ mask[i & 3]));
    }
    byte[] bytes = new byte[frame.flip().remaining()];
    frame.get(bytes);
    return bytes;
  }

  RawPeer write(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes what may be too much: the gateway may close before all of it is out. */
  RawPeer tryToWrite(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException closed) {
      // What is to be seen is read.
    }
    return this;
  }

  Frame read() {
    try {
      int opcode = in.readUnsignedByte() & 0x0f;
      long length = in.readUnsignedByte();
      length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
      byte[] body = new byte[(int) length];
      in.readFully(body);
      return new Frame(opcode, ByteBuffer.wrap(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads to the close frame and gives its code. */
  int closeCode() {
    while (true) {
      Frame frame = read();
      if (frame.opcode() == CLOSE) {
        return frame.body().getShort() & 0xffff;
      }
    }
  }

  /** Whether the peer's end of the connection comes, whatever is read before. */
  boolean sawEnd() {
    try {
      while (in.read() >= 0) {
        // Passed over.
      }
      return true;
    } catch (EOFException e) {
      return true;
    } catch (IOException e) {
      return !(e instanceof java.net.SocketTimeoutException);
    }
  }

  @Override
  public void close() {
    hangUp();
  }

  void hangUp() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
