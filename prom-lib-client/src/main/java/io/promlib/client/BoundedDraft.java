package io.promlib.client;

import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.enums.Opcode;
import org.java_websocket.exceptions.IncompleteHandshakeException;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.exceptions.InvalidHandshakeException;
import org.java_websocket.exceptions.LimitExceededException;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.Handshakedata;
import org.java_websocket.protocols.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * RFC 6455 with a bound on all that a gateway may send. The library's own limit holds for a frame
 * and for a message that is complete: fragments without an end, empty ones included, and the lines
 * of a handshake would pile up. No extension is offered, so a compressed frame is an error.
 */
final class BoundedDraft extends Draft_6455 {
  private static final int MAX_HANDSHAKE = 16 * 1024;
  // Each fragment costs about a hundred bytes of its own.
  private static final int LEAST_FRAGMENT = 256;
  private static final int FEW_FRAGMENTS = 64;

  private final int maxMessage;
  private long messageSize;
  private int fragments;

  BoundedDraft(int maxMessage) {
    super(List.of(), List.of(new Protocol("")), maxMessage);
    this.maxMessage = maxMessage;
  }

  @Override
  public Draft copyInstance() {
    return new BoundedDraft(maxMessage);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public Handshakedata translateHandshake(ByteBuffer buffer) throws InvalidHandshakeException {
    try {
      return super.translateHandshake(buffer);
    } catch (IncompleteHandshakeException e) {
      if (buffer.limit() > MAX_HANDSHAKE) {
        throw new InvalidHandshakeException("handshake of over " + MAX_HANDSHAKE + " bytes");
      }
      throw e;
    }
  }

  @Override
  public void processFrame(WebSocketImpl connection, Framedata frame) throws InvalidDataException {
    if (isData(frame.getOpcode())) {
      count(frame);
    }
    super.processFrame(connection, frame);
  }

  private static boolean isData(Opcode opcode) {
    return opcode == Opcode.TEXT || opcode == Opcode.BINARY || opcode == Opcode.CONTINUOUS;
  }

  private void count(Framedata frame) throws LimitExceededException {
    messageSize += frame.getPayloadData().remaining();
    fragments++;
    if (messageSize > maxMessage) {
      throw new LimitExceededException("a message of over " + maxMessage + " bytes", maxMessage);
    }
    if (fragments > FEW_FRAGMENTS + maxMessage / LEAST_FRAGMENT) {
      throw new LimitExceededException("a message of too many fragments", maxMessage);
    }
    if (frame.isFin()) {
      messageSize = 0;
      fragments = 0;
    }
  }
}
