package io.promlib.client;

import io.promlib.event.Names;
import io.promlib.event.Topic;
import io.promlib.time.Timing;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one client by topic and group, and what the gateway says about each. Under
 * the client's lock.
 */
final class Subscriptions {
  private record Pair(String topic, String group) {}

  private final ClientContext client;
  private final Link link;
  private final Map<Pair, LiveSubscription<?>> live = new LinkedHashMap<>();

  Subscriptions(ClientContext client, Link link) {
    this.client = client;
    this.link = link;
  }

  /** All of them; it may be changed while this is read. */
  Collection<LiveSubscription<?>> all() {
    return List.copyOf(live.values());
  }

  @Nullable LiveSubscription<?> find(String topic, @Nullable String group) {
    return group == null ? null : live.get(new Pair(topic, group));
  }

  /** Adds one that is asked for at once, or when there is a connection. */
  <T> LiveSubscription<T> begin(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler) {
    Pair pair = new Pair(topic.name(), Names.group(group));
    if (live.containsKey(pair)) {
      throw new ClientException(
          ErrorCode.ALREADY_SUBSCRIBED,
          "this client is subscribed to " + topic.name() + " in group " + group + " already",
          false,
          null);
    }
    LiveSubscription<T> made =
        new LiveSubscription<>(client, topic, group, options, handler, over -> remove(pair, over));
    live.put(pair, made);
    if (link.isReady()) {
      made.connected();
    }
    Timing.Alarm alarm =
        client.timing().schedule(() -> timedOut(made), client.settings().requestTimeout());
    var unused = made.subscribed().whenComplete((done, failure) -> alarm.cancel());
    return made;
  }

  private void remove(Pair pair, LiveSubscription<?> over) {
    live.remove(pair, over);
  }

  private void timedOut(LiveSubscription<?> made) {
    synchronized (client.lock()) {
      made.giveUp(
          new NoAnswerException(
              "no answer to SUBSCRIBE "
                  + made.topic()
                  + " "
                  + made.group()
                  + " within "
                  + client.settings().requestTimeout(),
              link.lastFailure()));
    }
  }

  void connected() {
    all().forEach(LiveSubscription::connected);
  }

  void lost() {
    all().forEach(LiveSubscription::lost);
  }

  void arrived(ServerFrame.Event event) {
    LiveSubscription<?> to = find(event.topic(), event.group());
    if (to != null) {
      to.arrived(event);
    }
  }

  void gap(ServerFrame.Gap gap) {
    LiveSubscription<?> to = find(gap.topic(), gap.group());
    if (to != null) {
      to.gap(gap);
    }
  }

  void revoked(ServerFrame.Revoked revoked) {
    LiveSubscription<?> to = find(revoked.topic(), revoked.group());
    if (to != null) {
      to.end(new ClientException(ErrorCode.FORBIDDEN, "revoked: " + revoked.msg(), false, null));
    }
  }
}
