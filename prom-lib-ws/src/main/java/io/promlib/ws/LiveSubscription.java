package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Policy;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.Subscription;
import io.promlib.event.PayloadException;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A subscription of the bus that is carried over a connection. */
final class LiveSubscription implements Live {
  /*
   * The bus's workers call onDelivery and onGap, the connection's steps everything else; syncFlow and stop
   * come on any thread. What is to be sent goes through `outgoing`, emptied by one thread at a time (`sending`
   * counts who asked meanwhile), only after the answer to SUBSCRIBE and only while the connection has room: so frames
   * keep their order, no EVENT comes before that OK, and a slow client costs references to events that the bus holds,
   * not copies of them. Nothing is dropped: credit is the bus's, maxInFlight less what is leased. Pausing works the same
   * way: whoever finds a reason, or its end, sees to it that the bus was told last what holds now. stop() and the one
   * who sends meet at `gate`, so that what is sent after stop() stands behind all events. It is held for the one call that
   * queues a frame, which never takes the library's lock of a socket: stop() may be called under that.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LiveSubscription.class);
  private static final int REMEMBERED = 1000;

  private final String topic;
  private final String group;
  private final Connection connection;
  private final Codec codec;
  private final Duration ackTimeout;
  private final int mostBytes;
  private final Map<String, Delivery<JsonNode>> held = new ConcurrentHashMap<>();
  private final Map<String, AckResult> past =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, AckResult> eldest) {
          return size() > REMEMBERED;
        }
      };
  private final Queue<Runnable> outgoing = new ConcurrentLinkedQueue<>();
  private final Object gate = new Object();
  private final AtomicInteger sending = new AtomicInteger();
  private final AtomicInteger pausing = new AtomicInteger();
  private int sweepAt = REMEMBERED;
  private boolean busPaused;
  private volatile boolean pausedByClient;
  private volatile boolean stopped;
  private volatile boolean opened;
  private volatile @Nullable Subscription subscription;

  LiveSubscription(
      String topic, String group, Connection connection, Shared shared, Duration ackTimeout) {
    this.topic = topic;
    this.group = group;
    this.connection = connection;
    this.codec = shared.codec();
    this.mostBytes = shared.limits().maxEventFrameBytes();
    this.ackTimeout = ackTimeout;
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

  /** The bus made it; from now on it can be released. */
  void bind(Subscription made) {
    subscription = made;
  }

  /** SUBSCRIBE was answered: events may be sent. */
  void open() {
    opened = true;
    syncFlow();
  }

  void onDelivery(Delivery<JsonNode> delivery) {
    outgoing.add(() -> emit(delivery));
    flush();
  }

  void onGap(long from, long to) {
    outgoing.add(() -> send(codec.write(new ServerFrame.Gap(topic, group, from, to)), () -> {}));
    flush();
  }

  private void emit(Delivery<JsonNode> delivery) {
    try {
      if (!isStillOurs(delivery)) {
        return;
      }
      ServerFrame.Context context =
          ServerFrame.Context.leased(
              delivery.attempt(), delivery.ackDeadline().toMillis(), delivery.lease());
      byte[] frame = codec.write(new ServerFrame.Event(topic, group, delivery.record(), context));
      if (frame.length > mostBytes) {
        delivery.terminate(
            "the event makes a frame of "
                + frame.length
                + " bytes, and the gateway sends at most "
                + mostBytes
                + ": publish smaller ones, or raise its maxEventBytes");
        return;
      }
      send(frame, () -> held.put(delivery.record().id(), delivery));
    } catch (PayloadException e) {
      delivery.nack("the payload cannot be written as JSON");
    } catch (RuntimeException | Error e) {
      // Whoever made room runs this, the selector's thread too, which an error would end.
      LOG.error("an event of {} could not be sent to {}", topic, connection.peer(), e);
    }
    if (held.size() > sweepAt) {
      sweep();
    }
  }

  /** Sends it unless all is over. */
  private void send(byte[] frame, Runnable before) {
    synchronized (gate) {
      if (!stopped) {
        before.run();
        connection.out().text(frame);
      }
    }
  }

  /**
   * What waited for room gets its time anew, for the client has not seen it yet; what somebody else
   * took meanwhile is not sent.
   */
  private boolean isStillOurs(Delivery<?> delivery) {
    return delivery.ackDeadline().compareTo(ackTimeout.dividedBy(2)) > 0
        || delivery.extend(ackTimeout) == AckResult.OK;
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
      seen = sending.addAndGet(-seen);
    } while (seen != 0);
  }

  /** Lets go of what was lost to others and never settled here. */
  private void sweep() {
    for (Delivery<JsonNode> delivery : held.values()) {
      if (delivery.leaseLost()) {
        settled(delivery, AckResult.STALE_LEASE);
      }
    }
    sweepAt = Math.max(REMEMBERED, held.size() * 2);
  }

  /** What this connection holds of the event, under this lease if one is given. */
  @Nullable Delivery<JsonNode> held(String id, @Nullable String lease) {
    Delivery<JsonNode> delivery = held.get(id);
    return delivery != null && (lease == null || lease.equals(delivery.lease())) ? delivery : null;
  }

  /** What to answer for an event that is not held, or not under this lease. */
  AckResult past(String id, @Nullable String lease) {
    if (lease != null && held.containsKey(id)) {
      return AckResult.STALE_LEASE;
    }
    synchronized (past) {
      return past.getOrDefault(id, AckResult.UNKNOWN);
    }
  }

  /** The delivery is no longer held; {@code later} answers who asks again. */
  void settled(Delivery<?> delivery, AckResult later) {
    String id = delivery.record().id();
    if (held.remove(id, delivery)) {
      synchronized (past) {
        past.remove(id);
        past.put(id, later);
      }
    }
  }

  @Override
  public void setPaused(boolean paused) {
    pausedByClient = paused;
    syncFlow();
  }

  @Override
  public void syncFlow() {
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
    flush();
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
