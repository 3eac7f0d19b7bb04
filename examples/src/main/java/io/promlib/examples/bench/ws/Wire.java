package io.promlib.examples.bench.ws;

import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.Frame;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A client's end of a connection, with as little around the socket as can be. */
final class Wire implements AutoCloseable {
  private static final String HANDSHAKE =
      String.join(
          "\r\n",
          "GET / HTTP/1.1",
          "Host: localhost",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
          "",
          "");
  private static final int CONNECTIONS_OF_AN_ADDRESS = 10_000;

  private final Codec codec = new Codec();
  private final SocketChannel channel;
  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  private Wire(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.socket = channel.socket();
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    this.out = socket.getOutputStream();
  }

  /** Connects, shakes hands and authenticates. The number tells which address it comes from. */
  static Wire open(int port, int number) throws IOException {
    SocketChannel channel = SocketChannel.open();
    if (number >= CONNECTIONS_OF_AN_ADDRESS) {
      byte[] local = {127, 0, 0, (byte) (2 + number / CONNECTIONS_OF_AN_ADDRESS)};
      channel.bind(new InetSocketAddress(InetAddress.getByAddress(local), 0));
    }
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    Wire wire = new Wire(channel);
    wire.socket.setTcpNoDelay(true);
    wire.socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(60));
    wire.out.write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
    for (int matched = 0; matched < 4; ) {
      int b = wire.in.readUnsignedByte();
      matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
    }
    wire.send(new ClientFrame.Auth(Sent.TOKEN, null));
    wire.read();
    return wire;
  }

  /** The channel of a connection of which nothing more is read here. */
  SocketChannel channel() {
    return channel;
  }

  void send(Frame frame) throws IOException {
    byte[] body = codec.write(frame);
    ByteArrayOutputStream whole = new ByteArrayOutputStream(body.length + 14);
    whole.write(0x81);
    if (body.length < 126) {
      whole.write(0x80 | body.length);
    } else if (body.length < 1 << 16) {
      whole.write(0x80 | 126);
      whole.writeBytes(ByteBuffer.allocate(2).putShort((short) body.length).array());
    } else {
      whole.write(0x80 | 127);
      whole.writeBytes(ByteBuffer.allocate(8).putLong(body.length).array());
    }
    // A mask of zeros changes nothing and costs the server what any other does.
    whole.writeBytes(new byte[4]);
    whole.writeBytes(body);
    out.write(whole.toByteArray());
  }

  /** The next text frame's bytes. */
  byte[] read() throws IOException {
    int head = in.readUnsignedByte();
    long length = in.readUnsignedByte();
    length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
    byte[] body = in.readNBytes((int) length);
    if (head != 0x81) {
      throw new IOException("no text frame came, but one of " + Integer.toHexString(head));
    }
    return body;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
