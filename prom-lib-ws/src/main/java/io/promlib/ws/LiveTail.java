package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Policy;
import io.promlib.bus.Tail;
import io.promlib.bus.TailEvent;
import io.promlib.event.PayloadException;
import io.promlib.wire.Codec;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tail of the bus that is carried over a connection. */
final class LiveTail implements Live {
  /*
   * The bus's worker calls onEvent and onGap, one at a time and in order; syncFlow, setPaused and stop come on any thread.
   * Nothing waits here: what the bus hands over is queued to the connection at once, and the bus's tail is paused while
   * the connection is crowded, so that what a slow client has not read is in the store and not in memory. The bus looks
   * whether it is paused before each event, so at most one comes after the connection became crowded. It begins paused,
   * and goes on only after the answer to SUBSCRIBE, which no event comes before. Pausing is decided under `flow`, so that
   * the bus was told last what holds now; the bus's pause and resume do not block. stop() and the one who sends meet at
   * `gate`, as in LiveSubscription.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LiveTail.class);

  private final String topic;
  private final Connection connection;
  private final Codec codec;
  private final int mostBytes;
  private final Object gate = new Object();
  private final Object flow = new Object();
  private volatile boolean stopped;
  private boolean busPaused = true;
  private volatile boolean pausedByClient;
  private volatile boolean opened;
  private volatile @Nullable Tail tail;

  LiveTail(String topic, Connection connection, Shared shared) {
    this.topic = topic;
    this.connection = connection;
    this.codec = shared.codec();
    this.mostBytes = shared.limits().maxEventFrameBytes();
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public @Nullable String group() {
    return null;
  }

  @Override
  public int inFlight() {
    return 0;
  }

  @Override
  public boolean isAllowedBy(Policy policy) {
    return policy.allowsRead(topic);
  }

  /** The bus made it, paused; from now on it can be released. */
  void bind(Tail made) {
    tail = made;
  }

  /** SUBSCRIBE was answered: events may be sent. */
  void open() {
    opened = true;
    syncFlow();
  }

  void onEvent(TailEvent<JsonNode> event) {
    long seq = event.record().seq();
    try {
      ServerFrame.Context context = ServerFrame.Context.tail(event.isSnapshot());
      byte[] frame = codec.write(new ServerFrame.Event(topic, null, event.record(), context));
      if (frame.length <= mostBytes) {
        send(frame);
      } else {
        passOver(
            seq,
            ErrorCode.TOO_LARGE,
            "makes a frame of "
                + frame.length
                + " bytes, and the gateway sends at most "
                + mostBytes);
      }
    } catch (PayloadException e) {
      LOG.warn("event {} of {} cannot be written for {}", seq, topic, connection.peer(), e);
      passOver(seq, ErrorCode.INTERNAL, "has a payload that cannot be written as JSON");
    }
  }

  /** An event that no reader can be sent must not keep it from the rest. */
  private void passOver(long seq, ErrorCode code, String why) {
    if (!stopped) {
      connection.error(code, "the event at seq " + seq + " of " + topic + " " + why, null);
    }
  }

  void onGap(long from, long to) {
    send(codec.write(new ServerFrame.Gap(topic, null, from, to)));
  }

  private void send(byte[] frame) {
    synchronized (gate) {
      if (!stopped) {
        connection.out().text(frame);
      }
    }
    if (connection.out().isCrowded()) {
      syncFlow();
    }
  }

  @Override
  public void setPaused(boolean paused) {
    pausedByClient = paused;
    syncFlow();
  }

  @Override
  public void syncFlow() {
    Tail told = tail;
    if (told == null || !opened) {
      return;
    }
    synchronized (flow) {
      boolean pause = pausedByClient || connection.out().isCrowded();
      if (pause == busPaused) {
        return;
      }
      busPaused = pause;
      if (pause) {
        told.pause();
      } else {
        told.resume();
      }
    }
  }

  @Override
  public void stop() {
    synchronized (gate) {
      stopped = true;
    }
  }

  @Override
  public void release(boolean handBack) {
    Tail ended = tail;
    if (ended != null) {
      ended.close();
    }
  }
}
