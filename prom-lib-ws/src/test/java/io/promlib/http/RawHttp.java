package io.promlib.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends just what it is told, right or wrong. */
final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  /** What came back: the head in lower case, and the body. */
  record Answer(String head, String body) {
    int status() {
      return head.startsWith("http/1.1 ") ? Integer.parseInt(head.substring(9, 12)) : 0;
    }

    String text() {
      return head + body;
    }
  }

  private final Socket socket;

  private RawHttp(Socket socket) {
    this.socket = socket;
  }

  /** Connects from the loopback address 127.0.0.{@code last}. */
  static RawHttp dial(InetSocketAddress edge, int last) {
    try {
      Socket socket = new Socket();
      // So that not much stands between the edge and one that does not read.
      socket.setReceiveBufferSize(64 << 10);
      socket.bind(new InetSocketAddress(loopback(last), 0));
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(new InetSocketAddress(loopback(1), edge.getPort()), PATIENCE_MILLIS);
      return new RawHttp(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InetAddress loopback(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  RawHttp write(String text) {
    return write(text, new byte[0]);
  }

  /** In one write: the edge may close in between. */
  RawHttp write(String text, byte[] more) {
    byte[] first = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[first.length + more.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    try {
      socket.getOutputStream().write(all);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends what it sends, and goes on reading. */
  RawHttp finish() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next answer; an empty one if the connection ended instead. */
  Answer answer() {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    try {
      InputStream in = socket.getInputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          return new Answer("", "");
        }
        head.write(next);
      }
      String lines = head.toString(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
      int at = lines.indexOf("content-length: ");
      int size =
          at < 0 ? 0 : Integer.parseInt(lines.substring(at + 16, lines.indexOf('\r', at)).trim());
      return new Answer(lines, new String(in.readNBytes(size), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new Answer("", "");
    }
  }

  /** All that comes until the connection ends. */
  String rest() {
    return rest("\0");
  }

  /** All that comes until the connection ends, or up to the piece that has this text in it. */
  String rest(String last) {
    StringBuilder all = new StringBuilder();
    byte[] piece = new byte[64 << 10];
    try {
      InputStream in = socket.getInputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        int before = Math.max(0, all.length() - last.length());
        all.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
        if (all.indexOf(last, before) >= 0 && all.lastIndexOf("}\n") > all.indexOf(last, before)) {
          break;
        }
      }
    } catch (IOException e) {
      // So a connection may end, too.
    }
    return all.toString();
  }

  boolean hasAnswer() {
    try {
      return socket.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the edge ends the connection, after whatever it still sent. */
  boolean isEnded() {
    try {
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // What came before the end.
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
