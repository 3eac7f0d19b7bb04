package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Policy;
import io.promlib.bus.Gathering;
import io.promlib.bus.NonBlocking;
import io.promlib.bus.Tail;
import io.promlib.bus.TailEvent;
import io.promlib.bus.TailHandler;
import io.promlib.event.EventRecord;
import io.promlib.event.PayloadException;
import io.promlib.wire.Codec;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.EventsFrame;
import io.promlib.wire.ServerFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tail of the bus that is carried over a connection. */
final class LiveTail implements Live, TailHandler<JsonNode>, Gathering, NonBlocking {
  /*
   * The bus's worker calls handle, onPause and onGap, one at a time and in order; syncFlow, setPaused and stop come on any thread.
   * Nothing waits here: what the bus hands over is queued to the connection at once, or where the client asked for a batch
   * when the bus has no more ready or the frame is full, and the bus's tail is paused while
   * the connection is crowded, so that what a slow client has not read is in the store and not in memory. The bus looks
   * whether it is paused before each event, so at most one, or the rest of one frame, comes after the connection became crowded. It begins paused,
   * and goes on only after the answer to SUBSCRIBE, which no event comes before. Pausing is decided under `flow`, so that
   * the bus was told last what holds now; the bus's pause and resume do not block. stop() and the one who sends meet at
   * `gate`, as in LiveSubscription.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LiveTail.class);

  private final String topic;
  private final Connection connection;
  private final Codec codec;
  private final TailFrames frames;
  private final int mostBytes;
  private final int batch;
  private final @Nullable EventsFrame gathered;
  private final Object gate = new Object();
  private final Object flow = new Object();
  private volatile boolean stopped;
  private boolean busPaused = true;
  private volatile boolean pausedByClient;
  private volatile boolean opened;
  private volatile @Nullable Tail tail;

  LiveTail(String topic, Connection connection, Shared shared, int batch) {
    this.topic = topic;
    this.connection = connection;
    this.codec = shared.codec();
    this.frames = shared.tailFrames();
    this.mostBytes = shared.limits().maxEventFrameBytes();
    this.batch = batch;
    this.gathered = batch == 0 ? null : codec.events(topic, null, shared.limits().maxBatchBytes());
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

  @Override
  public void handle(TailEvent<JsonNode> event) {
    EventRecord record = event.record();
    try {
      if (gathered != null) {
        gather(record, ServerFrame.Context.tail(event.isSnapshot()), gathered);
      } else {
        byte[] frame = frames.frame(record, event.isSnapshot());
        if (frame.length <= mostBytes) {
          send(frame);
        } else {
          tooLarge(record, frame.length);
        }
      }
    } catch (PayloadException e) {
      LOG.warn(
          "event {} of {} cannot be written for {}", record.seq(), topic, connection.peer(), e);
      passOver(record, ErrorCode.INTERNAL, "has a payload that cannot be written as JSON");
    }
  }

  private void gather(EventRecord record, ServerFrame.Context context, EventsFrame into) {
    if (!into.add(record, context)) {
      onPause();
      into.add(record, context);
    }
    int bytes = into.size();
    if (bytes > mostBytes) {
      into.clear();
      tooLarge(record, bytes);
    } else if (into.count() >= batch || connection.out().isEnough(bytes)) {
      onPause();
    }
  }

  @Override
  public void onPause() {
    if (gathered != null && gathered.count() > 0) {
      send(gathered.take());
    }
  }

  private void tooLarge(EventRecord record, int bytes) {
    passOver(
        record,
        ErrorCode.TOO_LARGE,
        "makes a frame of " + bytes + " bytes, and the gateway sends at most " + mostBytes);
  }

  /** An event that no reader can be sent must not keep it from the rest. */
  private void passOver(EventRecord record, ErrorCode code, String why) {
    onPause();
    if (!stopped) {
      connection.error(code, "the event at seq " + record.seq() + " of " + topic + " " + why, null);
    }
  }

  void onGap(long from, long to) {
    onPause();
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
