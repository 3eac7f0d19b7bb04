package io.promlib.client;

import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.Names;
import io.promlib.event.Topic;
import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions and tails of one client by topic and group, and what the gateway says about
 * each. Under the client's lock.
 */
final class Subscriptions {
  /* A gateway bears 100 frames a second that move nothing; each RESUME may need a PAUSE. */
  private static final int RESUMES_A_SECOND = 25;
  private static final int RESUMES_AT_ONCE = 100;

  private record Pair(String topic, @Nullable String group) {}

  private final ClientContext client;
  private final Link link;
  private final TokenBucket resumes;
  private final Map<Pair, Standing<?>> live = new LinkedHashMap<>();

  Subscriptions(ClientContext client, Link link) {
    this.client = client;
    this.link = link;
    this.resumes = new TokenBucket(RESUMES_AT_ONCE, RESUMES_A_SECOND, client.timing()::nanos);
  }

  /** All of them; it may be changed while this is read. */
  Collection<Standing<?>> all() {
    return List.copyOf(live.values());
  }

  @Nullable Standing<?> find(String topic, @Nullable String group) {
    return live.get(new Pair(topic, group));
  }

  /** Adds one that is asked for at once, or when there is a connection. */
  <T> LiveSubscription<T> begin(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler) {
    Pair pair = new Pair(topic.name(), Names.group(group));
    requireNone(pair, "subscribed to " + topic.name() + " in group " + group);
    LiveSubscription<T> made =
        new LiveSubscription<>(client, topic, group, options, handler, over -> remove(pair, over));
    begin(pair, made);
    return made;
  }

  /** Adds a tail in the same way. */
  <T> LiveTail<T> begin(Topic<T> topic, TailOptions options, TailHandler<T> handler) {
    Pair pair = new Pair(topic.name(), null);
    requireNone(pair, "following " + topic.name());
    LiveTail<T> made =
        new LiveTail<>(client, topic, options, handler, resumes, over -> remove(pair, over));
    begin(pair, made);
    return made;
  }

  private void requireNone(Pair pair, String what) {
    if (live.containsKey(pair)) {
      throw new ClientException(
          ErrorCode.ALREADY_SUBSCRIBED, "this client is " + what + " already", false, null);
    }
  }

  private void begin(Pair pair, Standing<?> made) {
    live.put(pair, made);
    if (link.isReady()) {
      made.connected();
    }
    Timing.Alarm alarm =
        client.timing().schedule(() -> timedOut(made), client.settings().requestTimeout());
    var unused = made.subscribed().whenComplete((done, failure) -> alarm.cancel());
  }

  private void remove(Pair pair, Standing<?> over) {
    live.remove(pair, over);
  }

  private void timedOut(Standing<?> made) {
    synchronized (client.lock()) {
      made.giveUp(
          new NoAnswerException(
              "no answer to SUBSCRIBE "
                  + made.name()
                  + " within "
                  + client.settings().requestTimeout(),
              link.lastFailure()));
    }
  }

  void connected() {
    all().forEach(Standing::connected);
  }

  void lost() {
    all().forEach(Standing::lost);
  }

  void arrived(ServerFrame.Event event) {
    Standing<?> to = find(event.topic(), event.group());
    if (to != null) {
      to.arrived(event);
    }
  }

  void arrived(ServerFrame.Events events) {
    Standing<?> to = find(events.topic(), events.group());
    if (to != null) {
      for (ServerFrame.Events.Item item : events.events()) {
        to.arrived(new ServerFrame.Event(events.topic(), events.group(), item.event(), item.ctx()));
      }
    }
  }

  void gap(ServerFrame.Gap gap) {
    Standing<?> to = find(gap.topic(), gap.group());
    if (to != null) {
      to.gap(gap);
    }
  }

  void revoked(ServerFrame.Revoked revoked) {
    Standing<?> to = find(revoked.topic(), revoked.group());
    if (to != null) {
      to.end(new ClientException(ErrorCode.FORBIDDEN, "revoked: " + revoked.msg(), false, null));
    }
  }
}
