package io.promlib.ws;

import io.promlib.acl.Identity;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EndReason;
import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.Isolation;
import io.promlib.bus.LimitException;
import io.promlib.bus.Subscription;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.Topic;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An authenticated connection's frames. Each method is a step: one at a time, and none waits. */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private record Name(String topic, @Nullable String group) {}

  private final Shared shared;
  private final Connection connection;
  private final Identity identity;
  private final Publisher publisher;
  private final Isolation isolation;
  private final Map<Name, LiveSubscription> live = new ConcurrentHashMap<>();

  Session(Shared shared, Connection connection, Identity identity) {
    this.shared = shared;
    this.connection = connection;
    this.identity = identity;
    publisher = new Publisher(shared, connection, identity.policy());
    isolation = new Isolation("connection " + connection.peer().id());
  }

  void publish(ClientFrame.Publish frame, int cost) {
    publisher.publish(frame, cost);
  }

  /** Null, or a future that is done when the frame has taken effect. */
  @Nullable CompletionStage<?> handle(ClientFrame frame) {
    if (frame instanceof ClientFrame.Settlement settlement) {
      settle(settlement);
    } else if (frame instanceof ClientFrame.Subscribe subscribe) {
      return subscribe(subscribe);
    } else if (frame instanceof ClientFrame.Unsubscribe unsubscribe) {
      return unsubscribe(unsubscribe);
    } else if (frame instanceof ClientFrame.Pause pause) {
      setPaused(pause.topic(), pause.group(), true, pause.corr());
    } else if (frame instanceof ClientFrame.Resume resume) {
      setPaused(resume.topic(), resume.group(), false, resume.corr());
    } else if (frame instanceof ClientFrame.Auth auth) {
      connection.error(
          ErrorCode.BAD_REQUEST,
          "token: this connection is authenticated and takes no other one; connect again",
          auth.corr());
    } else {
      throw new IllegalStateException("no rule for " + frame.op());
    }
    return null;
  }

  private @Nullable CompletionStage<?> subscribe(ClientFrame.Subscribe frame) {
    String group = frame.group();
    String unserved = SubscribeChoices.unserved(frame.opts());
    Name name = new Name(frame.topic(), group);
    if (unserved != null || group == null) {
      error(
          ErrorCode.BAD_REQUEST,
          (unserved == null ? "group" : unserved) + " is not served by this gateway; leave it out",
          frame);
    } else if (!identity.policy().allowsSubscribe(frame.topic(), group)) {
      error(ErrorCode.FORBIDDEN, "the token does not allow to subscribe to topic and group", frame);
    } else if (live.containsKey(name)) {
      error(ErrorCode.ALREADY_SUBSCRIBED, "this connection has this subscription already", frame);
    } else if (live.size() >= shared.limits().maxSubscriptions()) {
      error(
          ErrorCode.TOO_MANY,
          "a connection may have "
              + shared.limits().maxSubscriptions()
              + " subscriptions; unsubscribe one first",
          frame);
    } else {
      return subscribe(frame, name, group);
    }
    return null;
  }

  private @Nullable CompletionStage<?> subscribe(
      ClientFrame.Subscribe frame, Name name, String group) {
    SubscribeChoices choices = new SubscribeChoices(frame.opts(), shared.limits());
    LiveSubscription made =
        new LiveSubscription(frame.topic(), group, connection, shared, choices.ackTimeout());
    try {
      CompletableFuture<Subscription> making =
          shared
              .bus()
              .subscribeAsync(
                  Topic.raw(frame.topic()),
                  group,
                  choices.options(isolation, made::onGap),
                  made::onDelivery);
      return making.handle(
          (subscription, failure) -> {
            if (subscription != null) {
              live.put(name, made);
              connection.send(ServerFrame.Ok.of(frame.corr()));
              made.open(subscription);
              subscription.ended().thenAccept(reason -> onEnd(name, made, reason));
            } else {
              refuse(frame, failure);
            }
            return null;
          });
    } catch (RuntimeException e) {
      refuse(frame, e);
      return null;
    }
  }

  private void refuse(ClientFrame.Subscribe frame, @Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String message = cause == null ? "" : String.valueOf(cause.getMessage());
    if (cause instanceof UnknownPositionException) {
      error(
          ErrorCode.BAD_REQUEST,
          SubscribeChoices.positionField(frame.opts()) + ": " + message,
          frame);
    } else if (cause instanceof GroupMismatchException
        || cause instanceof IllegalArgumentException) {
      error(ErrorCode.BAD_REQUEST, message, frame);
    } else if (cause instanceof LimitException) {
      error(ErrorCode.TOO_MANY, message, frame);
    } else {
      if (!(cause instanceof BusClosedException)) {
        LOG.warn("subscribe to {} in {} failed", frame.topic(), frame.group(), cause);
      }
      error(ErrorCode.SUBSCRIBE_FAILED, "the bus could not subscribe; try again", frame);
    }
  }

  private void onEnd(Name name, LiveSubscription ended, EndReason reason) {
    if (reason == EndReason.CLOSED || !live.remove(name, ended)) {
      return;
    }
    ended.stop();
    if (reason == EndReason.BUS_CLOSED) {
      connection.goAway("the bus is closed", GoAways.reconnectMillis());
    } else {
      connection.send(
          new ServerFrame.Revoked(
              ended.topic(),
              ended.group(),
              reason == EndReason.SOUGHT
                  ? "the group was moved to another position; subscribe again"
                  : "the group was deleted"));
    }
  }

  private @Nullable CompletionStage<?> unsubscribe(ClientFrame.Unsubscribe frame) {
    LiveSubscription ended = live.remove(new Name(frame.topic(), frame.group()));
    if (ended == null) {
      notSubscribed(frame);
      return null;
    }
    ended.stop();
    return release(List.of(ended), true)
        .whenComplete((result, failure) -> connection.send(ServerFrame.Ok.of(frame.corr())));
  }

  private void setPaused(String topic, String group, boolean paused, @Nullable String corr) {
    LiveSubscription of = live.get(new Name(topic, group));
    if (of == null) {
      connection.error(ErrorCode.NOT_SUBSCRIBED, "this connection has no such subscription", corr);
    } else {
      of.setPaused(paused);
      connection.send(ServerFrame.Ok.of(corr));
    }
  }

  private void settle(ClientFrame.Settlement frame) {
    if (frame.target().many()) {
      error(
          ErrorCode.BAD_REQUEST,
          "ids is not served by this gateway; send a frame with id for each",
          frame);
      return;
    }
    LiveSubscription of = live.get(new Name(frame.target().topic(), frame.target().group()));
    if (of == null) {
      notSubscribed(frame);
      return;
    }
    try {
      Settling.settle(frame, of, connection);
    } catch (RuntimeException e) {
      LOG.warn("{} failed", frame.op(), e);
      error(ErrorCode.ACK_FAILED, "the bus could not settle the event; try again", frame);
    }
  }

  private void notSubscribed(ClientFrame frame) {
    error(ErrorCode.NOT_SUBSCRIBED, "this connection has no such subscription", frame);
  }

  private void error(ErrorCode code, String message, ClientFrame frame) {
    connection.error(code, message, frame.corr());
  }

  /** What is queued to the connection has become too much, or is no longer. */
  void syncFlow() {
    live.values().forEach(LiveSubscription::syncFlow);
  }

  /**
   * Ends all subscriptions; what they have leased is handed back, or counts as an attempt.
   * Idempotent.
   */
  CompletionStage<?> end(boolean handBack) {
    List<LiveSubscription> all = List.copyOf(live.values());
    live.clear();
    all.forEach(LiveSubscription::stop);
    return all.isEmpty() ? CompletableFuture.completedFuture(null) : release(all, handBack);
  }

  /** Ending a subscription may write to the store, so it is done on the bus's workers. */
  private CompletionStage<?> release(List<LiveSubscription> all, boolean handBack) {
    try {
      return shared
          .bus()
          .async(
              bus -> {
                all.forEach(one -> one.release(handBack));
                return true;
              });
    } catch (BusClosedException e) {
      return CompletableFuture.completedFuture(null);
    }
  }
}
