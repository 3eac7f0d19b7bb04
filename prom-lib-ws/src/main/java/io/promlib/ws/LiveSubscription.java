package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Policy;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.Gathering;
import io.promlib.bus.Handler;
import io.promlib.bus.NonBlocking;
import io.promlib.bus.Subscription;
import io.promlib.event.PayloadException;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A subscription of the bus that is carried over a connection. */
final class LiveSubscription implements Live, Handler<JsonNode>, Gathering, NonBlocking {
  /*
   * The bus's workers call handle, onPause and onGap, the connection's steps everything else; syncFlow and stop
   * come on any thread. What is to be sent goes through `outgoing`, emptied by one thread at a time (`sending`
   * counts who asked meanwhile), only after the answer to SUBSCRIBE and only while the connection has room: so frames
   * keep their order, no EVENT comes before that OK, and a slow client costs references to events that the bus holds,
   * not copies of them. Where the client asked for a batch, deliveries wait in `outgoing` until the bus has no more ready
   * or there are as many as a frame may have; whoever empties it fills frames, and leaves none half full behind: so no
   * event waits for one that is not there yet. Nothing is dropped: credit is the bus's, maxInFlight less what is leased. Pausing works the same
   * way: whoever finds a reason, or its end, sees to it that the bus was told last what holds now. stop() and the one
   * who sends meet at `gate`, so that what is sent after stop() stands behind all events. It is held for the one call that
   * queues a frame, which never takes the library's lock of a socket: stop() may be called under that.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LiveSubscription.class);

  private final String topic;
  private final String group;
  private final Connection connection;
  private final Codec codec;
  private final Duration ackTimeout;
  private final Duration tooLittle;
  private final int mostBytes;
  private final boolean quiet;
  private final int batch;
  private final @Nullable Gathered gathered;
  private final HeldEvents held = new HeldEvents();
  private final Queue<Runnable> outgoing = new ConcurrentLinkedQueue<>();
  private final Object gate = new Object();
  private final AtomicInteger sending = new AtomicInteger();
  private final AtomicInteger pausing = new AtomicInteger();
  private boolean busPaused;
  private volatile boolean pausedByClient;
  private volatile boolean stopped;
  private volatile boolean opened;
  private volatile @Nullable Subscription subscription;

  /** The bus's worker's: how many deliveries it put in `outgoing` since it last emptied it. */
  private int ready;

  LiveSubscription(
      String topic, String group, Connection connection, Shared shared, SubscribeChoices choices) {
    this.topic = topic;
    this.group = group;
    this.connection = connection;
    this.codec = shared.codec();
    this.mostBytes = shared.limits().maxEventFrameBytes();
    this.ackTimeout = choices.ackTimeout();
    this.tooLittle = Duration.ofMillis(ackTimeout.toMillis() / 2);
    this.quiet = choices.quiet();
    this.batch = choices.batch();
    this.gathered = batch == 0 ? null : new Gathered(codec, topic, group, batch, shared.limits());
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  public int inFlight() {
    Subscription made = subscription;
    return made == null ? 0 : made.inFlight();
  }

  @Override
  public boolean isAllowedBy(Policy policy) {
    return policy.allowsSubscribe(topic, group);
  }

  Duration ackTimeout() {
    return ackTimeout;
  }

  /** Whether an ACK is answered only when some result is not ok. */
  boolean isQuiet() {
    return quiet;
  }

  /** Acks what is held, as one step. */
  List<AckResult> ack(List<Delivery<JsonNode>> deliveries) {
    Subscription made = subscription;
    return made == null ? deliveries.stream().map(Delivery::ack).toList() : made.ack(deliveries);
  }

  HeldEvents held() {
    return held;
  }

  /** The bus made it; from now on it can be released. */
  void bind(Subscription made) {
    subscription = made;
  }

  /** SUBSCRIBE was answered: events may be sent. */
  void open() {
    opened = true;
    syncFlow();
  }

  @Override
  public void handle(Delivery<JsonNode> delivery) {
    outgoing.add(() -> emit(delivery));
    if (++ready >= batch) {
      onPause();
    }
  }

  @Override
  public void onPause() {
    if (ready > 0) {
      ready = 0;
      flush();
    }
  }

  void onGap(long from, long to) {
    outgoing.add(() -> tellGap(from, to));
    flush();
  }

  private void tellGap(long from, long to) {
    sendGathered();
    try {
      send(codec.write(new ServerFrame.Gap(topic, group, from, to)), List.of());
    } catch (RuntimeException | Error e) {
      LOG.error("a gap of {} could not be told to {}", topic, connection.peer(), e);
    }
  }

  private void emit(Delivery<JsonNode> delivery) {
    try {
      Duration left = timeLeft(delivery);
      if (left != null) {
        ServerFrame.Context context =
            ServerFrame.Context.leased(delivery.attempt(), left.toMillis(), delivery.lease());
        if (gathered == null) {
          sendAlone(delivery, context);
        } else {
          gather(delivery, context, gathered);
        }
      }
    } catch (PayloadException e) {
      delivery.nack("the payload cannot be written as JSON");
    } catch (RuntimeException | Error e) {
      // Whoever made room runs this, the selector's thread too, which an error would end.
      LOG.error("an event of {} could not be sent to {}", topic, connection.peer(), e);
    }
    held.sweep();
  }

  private void sendAlone(Delivery<JsonNode> delivery, ServerFrame.Context context) {
    byte[] frame = codec.write(new ServerFrame.Event(topic, group, delivery.record(), context));
    if (frame.length > mostBytes) {
      refuse(delivery, frame.length);
    } else {
      send(frame, List.of(delivery));
    }
  }

  private void gather(Delivery<JsonNode> delivery, ServerFrame.Context context, Gathered into) {
    if (!into.add(delivery, context)) {
      sendGathered();
      into.add(delivery, context);
    }
    int bytes = into.bytes();
    if (bytes > mostBytes) {
      into.clear();
      refuse(delivery, bytes);
    } else if (into.isFull() || connection.out().isEnough(bytes)) {
      sendGathered();
    }
  }

  private void refuse(Delivery<JsonNode> delivery, int bytes) {
    delivery.terminate(
        "the event makes a frame of "
            + bytes
            + " bytes, and the gateway sends at most "
            + mostBytes
            + ": publish smaller ones, or raise its maxEventBytes");
  }

  private void sendGathered() {
    if (gathered != null && !gathered.isEmpty()) {
      List<Delivery<JsonNode>> deliveries = gathered.deliveries();
      try {
        send(gathered.take(), deliveries);
      } catch (RuntimeException | Error e) {
        LOG.error("events of {} could not be sent to {}", topic, connection.peer(), e);
      }
    }
  }

  /** Sends it unless all is over. */
  private void send(byte[] frame, List<Delivery<JsonNode>> deliveries) {
    synchronized (gate) {
      if (!stopped) {
        deliveries.forEach(held::add);
        connection.out().text(frame);
      }
    }
  }

  /**
   * What waited for room gets its time anew, for the client has not seen it yet; what somebody else
   * took meanwhile is not sent, and is told by null.
   */
  private @Nullable Duration timeLeft(Delivery<?> delivery) {
    Duration left = delivery.ackDeadline();
    if (left.compareTo(tooLittle) > 0) {
      return left;
    }
    return delivery.extend(ackTimeout) == AckResult.OK ? delivery.ackDeadline() : null;
  }

  private void flush() {
    if (sending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      while (opened && !connection.out().isCrowded()) {
        Runnable next = outgoing.poll();
        if (next == null) {
          break;
        }
        if (!stopped) {
          next.run();
        }
      }
      sendGathered();
      seen = sending.addAndGet(-seen);
    } while (seen != 0);
  }

  @Override
  public void setPaused(boolean paused) {
    pausedByClient = paused;
    syncPause();
  }

  @Override
  public void syncFlow() {
    syncPause();
    flush();
  }

  private void syncPause() {
    Subscription told = subscription;
    if (told != null && pausing.getAndIncrement() == 0) {
      int seen = 1;
      do {
        boolean pause = pausedByClient || connection.out().isCrowded();
        if (pause != busPaused) {
          busPaused = pause;
          tell(told, pause);
        }
        seen = pausing.addAndGet(-seen);
      } while (seen != 0);
    }
  }

  private void tell(Subscription told, boolean pause) {
    try {
      if (pause) {
        told.pause();
      } else {
        told.resume();
      }
    } catch (RuntimeException e) {
      LOG.warn(
          "subscription of {} to {} in {} ended meanwhile", connection.peer(), topic, group, e);
    }
  }

  @Override
  public void stop() {
    synchronized (gate) {
      stopped = true;
    }
    outgoing.clear();
    held.clear();
  }

  @Override
  public void release(boolean handBack) {
    Subscription ended = subscription;
    if (ended != null) {
      if (handBack) {
        ended.close();
      } else {
        ended.abandon();
      }
    }
  }
}
