package io.promlib.ws;

import io.promlib.event.Utf8;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.jspecify.annotations.Nullable;

/**
 * RFC 6455 read by our own hand, so that memory follows what has arrived and never what a header
 * declares.
 */
final class LimitedDraft extends HandshakeDraft {
  /*
   * The library's reader allocates a frame's declared length on reading its header, knows one limit for all states of a
   * connection, and keeps every fragment as objects of its own (a megabyte in fragments of one byte costs a hundred).
   * Here a message is one array that at most doubles as its bytes arrive. Each
   * growth is taken from the connection's share of the inbound budget first, and goes over to the connection with the
   * message. The limit is asked when a header is complete, before any of the body is kept, and counts all fragments of
   * a message. Text and control frames go to the connection straight from here; only a close frame is left to the
   * library, which knows the closing handshake. Everything runs on the one worker thread that the connection is bound to.
   */
  private static final int FIRST_BUFFER = 4 << 10;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private @Nullable FramePeer peer;
  private boolean failed;

  private final byte[] header = new byte[14];
  private int headerRead;
  private boolean inBody;
  private boolean fin;
  private int opcode;
  private int bodyRead;
  private int bodyLength;
  private int maskAt;

  private byte[] message = new byte[0];
  private int messageSize;
  private int messageOpcode = -1;
  private final byte[] control = new byte[125];

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  /** Names who gets the frames; called before the first one is read. */
  void open(FramePeer to) {
    peer = to;
  }

  @Override
  public List<Framedata> translateFrame(ByteBuffer in) {
    List<Framedata> closing = new ArrayList<>(1);
    FramePeer to = peer;
    if (to == null) {
      in.position(in.limit());
      return closing;
    }
    while (!failed) {
      if (!inBody && !readHeader(in, to)) {
        break;
      }
      readBody(in, to);
      if (failed || bodyRead < bodyLength) {
        break;
      }
      inBody = false;
      headerRead = 0;
      endFrame(to, closing);
    }
    in.position(in.limit());
    to.onPause();
    return closing;
  }

  /** Tells whether the header is complete, and good. */
  private boolean readHeader(ByteBuffer in, FramePeer to) {
    int needed = headerRead < 2 ? 2 : headerLength();
    while (headerRead < needed) {
      if (!in.hasRemaining()) {
        return false;
      }
      header[headerRead++] = in.get();
      if (headerRead == 2) {
        if ((header[1] & 0x80) == 0) {
          return fail(to, CloseFrame.PROTOCOL_ERROR, "a client must mask its frames");
        }
        needed = headerLength();
      }
    }
    fin = (header[0] & 0x80) != 0;
    opcode = header[0] & 0x0f;
    if ((header[0] & 0x70) != 0) {
      return fail(
          to, CloseFrame.PROTOCOL_ERROR, "no extension was agreed on, so RSV bits must be 0");
    }
    maskAt = needed - 4;
    long length = bodyLengthOf();
    if (!isShortest(length)) {
      return fail(to, CloseFrame.PROTOCOL_ERROR, "a length takes as few bytes as it needs");
    }
    boolean good = opcode >= CLOSE ? checkControl(length, to) : checkData(length, to);
    bodyLength = (int) length;
    bodyRead = 0;
    inBody = good;
    return good;
  }

  private int headerLength() {
    int length = header[1] & 0x7f;
    return 6 + (length == 126 ? 2 : length == 127 ? 8 : 0);
  }

  private long bodyLengthOf() {
    int length = header[1] & 0x7f;
    ByteBuffer bytes = ByteBuffer.wrap(header);
    return length == 126 ? bytes.getShort(2) & 0xffff : length == 127 ? bytes.getLong(2) : length;
  }

  /** RFC 6455, section 5.2: the minimal number of bytes, and the most significant bit 0. */
  private boolean isShortest(long length) {
    int form = header[1] & 0x7f;
    return form < 126 || (form == 126 ? length >= 126 : length >= 65536);
  }

  private boolean checkControl(long length, FramePeer to) {
    if (opcode > PONG) {
      return fail(to, CloseFrame.PROTOCOL_ERROR, "unknown opcode " + opcode);
    }
    if (!fin || length > 125) {
      return fail(
          to, CloseFrame.PROTOCOL_ERROR, "a control frame has one fragment of at most 125 bytes");
    }
    return true;
  }

  private boolean checkData(long length, FramePeer to) {
    if (opcode > BINARY) {
      return fail(to, CloseFrame.PROTOCOL_ERROR, "unknown opcode " + opcode);
    }
    if ((opcode == CONTINUATION) == (messageOpcode < 0)) {
      return fail(
          to,
          CloseFrame.PROTOCOL_ERROR,
          opcode == CONTINUATION ? "nothing to continue" : "the message before is not complete");
    }
    if (opcode != CONTINUATION) {
      messageOpcode = opcode;
    }
    if (messageSize + length > to.frameLimit()) {
      failed = true;
      to.tooLarge(to.frameLimit());
      return false;
    }
    return true;
  }

  private void readBody(ByteBuffer in, FramePeer to) {
    int count = Math.min(bodyLength - bodyRead, in.remaining());
    if (count == 0) {
      return;
    }
    byte[] target = control;
    int at = bodyRead;
    if (opcode < CLOSE) {
      if (!makeRoom(count, to)) {
        return;
      }
      target = message;
      at = messageSize;
      messageSize += count;
    }
    in.get(target, at, count);
    for (int i = 0; i < count; i++) {
      target[at + i] ^= header[maskAt + ((bodyRead + i) & 3)];
    }
    bodyRead += count;
  }

  private boolean makeRoom(int count, FramePeer to) {
    int needed = messageSize + count;
    if (needed <= message.length) {
      return true;
    }
    int known = messageSize + bodyLength - bodyRead;
    int size = Math.max(needed, Math.min(Math.max(FIRST_BUFFER, message.length * 2), known));
    if (!to.inbound().take(size - message.length)) {
      failed = true;
      to.overBudget();
      return false;
    }
    message = Arrays.copyOf(message, size);
    return true;
  }

  private void endFrame(FramePeer to, List<Framedata> closing) {
    switch (opcode) {
      case PING -> to.onPing(Arrays.copyOf(control, bodyLength));
      case PONG -> {}
      case CLOSE -> endClose(to, closing);
      default -> {
        if (fin) {
          endMessage(to);
        }
      }
    }
  }

  private void endMessage(FramePeer to) {
    byte[] bytes = message;
    int size = messageSize;
    int kind = messageOpcode;
    message = new byte[0];
    messageSize = 0;
    messageOpcode = -1;
    if (kind == BINARY) {
      failed = true;
      to.onBinary();
    } else if (!Utf8.isValid(bytes, size)) {
      fail(to, CloseFrame.NO_UTF8, "text must be UTF-8");
    } else {
      to.onText(bytes, size);
    }
  }

  private void endClose(FramePeer to, List<Framedata> closing) {
    byte[] body = Arrays.copyOf(control, bodyLength);
    if (!hasCloseCode(body)) {
      fail(to, CloseFrame.PROTOCOL_ERROR, "a close frame has a code that may be sent, or no body");
    } else if (!hasUtf8Reason(body)) {
      fail(to, CloseFrame.NO_UTF8, "a close frame's reason must be UTF-8");
    } else {
      CloseFrame frame = new CloseFrame();
      frame.setPayload(ByteBuffer.wrap(body));
      if (frame.getCloseCode() == CloseFrame.NO_UTF8 && frame.getMessage().isEmpty()) {
        // The library answers with the same frame, and takes this one for an error of ours.
        frame.setReason("not UTF-8");
      }
      closing.add(frame);
      failed = true;
    }
  }

  /** RFC 6455, sections 5.5.1 and 7.4, with the codes that were registered since. */
  private static boolean hasCloseCode(byte[] body) {
    if (body.length < 2) {
      return body.length == 0;
    }
    int code = ((body[0] & 0xff) << 8) | (body[1] & 0xff);
    boolean registered =
        code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    return registered || (code >= 3000 && code <= 4999);
  }

  private static boolean hasUtf8Reason(byte[] body) {
    return body.length <= 2
        || Utf8.isValid(Arrays.copyOfRange(body, 2, body.length), body.length - 2);
  }

  private boolean fail(FramePeer to, int code, String reason) {
    failed = true;
    to.onProtocolError(code, reason);
    return false;
  }
}
