package io.promlib.ws;

import io.promlib.ws.internal.InboundBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.enums.HandshakeState;
import org.java_websocket.exceptions.IncompleteHandshakeException;
import org.java_websocket.exceptions.InvalidHandshakeException;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.HandshakeBuilder;
import org.java_websocket.handshake.Handshakedata;
import org.java_websocket.handshake.ServerHandshakeBuilder;
import org.java_websocket.protocols.Protocol;
import org.jspecify.annotations.Nullable;

/** The opening handshake: bounded in size, lines and work, and refused with a status that fits. */
abstract class HandshakeDraft extends Draft_6455 {
  /*
   * With each packet the library parses all of an unfinished handshake anew, and copies for each line all that follows:
   * 16 KiB of short lines that come byte by byte would cost minutes. So nothing is parsed before its end is there, and
   * the end is looked for in what is new only. That is why this draft, of which each socket has its own, is not copied
   * for each packet. What waits is paid from the inbound budget of unauthenticated connections, and stays paid, since
   * the library keeps a handshake that came in parts as long as the connection.
   *
   * The library knows one status to refuse with, so a refusal takes the place of the good answer; for the library the
   * connection is then open, and the server closes it in onOpen after what is queued.
   */
  private static final int MAX_BYTES = 16 << 10;
  private static final int MAX_LINES = 128;
  private static final int FIRST_BUFFER = 1 << 10;
  private static final String BEGIN = "GET ";
  private static final String END = "\r\n\r\n";

  private @Nullable Door door;
  private InboundBudget.@Nullable Share share;
  private Door.@Nullable Refusal refusal;
  private int seen;
  private int lines;
  private int ofEnd;
  private int paid;

  HandshakeDraft() {
    super(List.of(), List.of(new Protocol("")), Integer.MAX_VALUE);
  }

  /** Says who judges the handshake and who pays for it; to be called before it is read. */
  final void expect(Door judge, InboundBudget.Share pays) {
    door = judge;
    share = pays;
  }

  /** Why the handshake was refused; null if it was not. */
  final Door.@Nullable Refusal refusal() {
    return refusal;
  }

  @Override
  public final Draft copyInstance() {
    return this;
  }

  @Override
  public final Handshakedata translateHandshake(ByteBuffer buffer)
      throws InvalidHandshakeException {
    int size = buffer.remaining();
    while (ofEnd < END.length() && seen < size) {
      look(buffer.get(buffer.position() + seen));
    }
    if (ofEnd == END.length()) {
      return super.translateHandshake(buffer);
    }
    if (size > MAX_BYTES) {
      throw new InvalidHandshakeException("a handshake may have " + MAX_BYTES + " bytes");
    }
    if (share != null && !share.take(size - paid)) {
      throw new InvalidHandshakeException("too many handshakes wait for their end");
    }
    paid = size;
    throw new IncompleteHandshakeException(Math.max(FIRST_BUFFER, size));
  }

  private void look(byte next) throws InvalidHandshakeException {
    if (seen < BEGIN.length() && next != BEGIN.charAt(seen)) {
      throw new InvalidHandshakeException("a handshake begins with GET");
    }
    seen++;
    ofEnd = next == END.charAt(ofEnd) ? ofEnd + 1 : next == '\r' ? 1 : 0;
    if (next == '\n' && ++lines > MAX_LINES) {
      throw new InvalidHandshakeException("a handshake may have " + MAX_LINES + " lines");
    }
  }

  @Override
  public final HandshakeState acceptHandshakeAsServer(ClientHandshake request)
      throws InvalidHandshakeException {
    refusal = door == null ? null : door.judge(request);
    return refusal == null ? super.acceptHandshakeAsServer(request) : HandshakeState.MATCHED;
  }

  @Override
  public final HandshakeBuilder postProcessHandshakeResponseAsServer(
      ClientHandshake request, ServerHandshakeBuilder response) throws InvalidHandshakeException {
    return refusal == null
        ? super.postProcessHandshakeResponseAsServer(request, response)
        : response;
  }

  @Override
  public final List<ByteBuffer> createHandshake(Handshakedata handshake) {
    return refusal == null
        ? super.createHandshake(handshake)
        : List.of(ByteBuffer.wrap(refusal.response()));
  }
}
