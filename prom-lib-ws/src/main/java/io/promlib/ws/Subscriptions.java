package io.promlib.ws;

import io.promlib.acl.Policy;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EndReason;
import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.Isolation;
import io.promlib.bus.LimitException;
import io.promlib.bus.TailOptions;
import io.promlib.bus.UnknownPositionException;
import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a connection is subscribed to. */
final class Subscriptions {
  /*
   * Only steps add to `live`. A subscription is ended by a step, by the bus, or by the end of the token, on any thread:
   * whoever takes it out of `live` ends it and tells the client, nobody else. One that a step is making when the token
   * ends is put in after that, and taken out by the last step, which comes behind. One that is in `live` can be released.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  private record Name(String topic, @Nullable String group) {}

  private final Shared shared;
  private final Connection connection;
  private final Isolation isolation;
  private final Map<Name, Live> live = new ConcurrentHashMap<>();

  Subscriptions(Shared shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
    isolation = new Isolation("connection " + connection.peer().id());
  }

  /** The one of this topic and group, the tail where there is no group, if it is there. */
  @Nullable Live get(String topic, @Nullable String group) {
    return live.get(new Name(topic, group));
  }

  /** Null, or a future that is done when the frame has taken effect. */
  @Nullable CompletionStage<?> subscribe(ClientFrame.Subscribe frame, Policy policy) {
    String topic = frame.topic();
    String group = frame.group();
    if (group == null ? !policy.allowsRead(topic) : !policy.allowsSubscribe(topic, group)) {
      error(
          ErrorCode.FORBIDDEN,
          "the token does not allow to "
              + (group == null ? "read the topic without a group" : "subscribe to topic and group"),
          frame);
    } else if (live.containsKey(new Name(topic, group))) {
      error(
          ErrorCode.ALREADY_SUBSCRIBED,
          "this connection has this " + (group == null ? "tail" : "subscription") + " already",
          frame);
    } else if (live.size() >= shared.limits().maxSubscriptions()) {
      error(
          ErrorCode.TOO_MANY,
          "a connection may have "
              + shared.limits().maxSubscriptions()
              + " subscriptions; unsubscribe one first",
          frame);
    } else {
      Duration wait = connection.conduct().untilSubscribe();
      if (wait.isZero()) {
        return make(frame, group);
      }
      connection.error(
          ErrorCode.RATE_LIMITED,
          "this connection subscribes too often; wait",
          frame.corr(),
          wait.toMillis() + 1);
    }
    return null;
  }

  private @Nullable CompletionStage<?> make(ClientFrame.Subscribe frame, @Nullable String group) {
    try {
      return (group == null ? follow(frame) : join(frame, group))
          .handle(
              (made, failure) -> {
                if (failure != null) {
                  refuse(frame, failure);
                }
                return null;
              });
    } catch (RuntimeException e) {
      refuse(frame, e);
      return null;
    }
  }

  private CompletableFuture<?> join(ClientFrame.Subscribe frame, String group) {
    SubscribeChoices choices = new SubscribeChoices(frame.opts(), shared.limits());
    LiveSubscription made = new LiveSubscription(frame.topic(), group, connection, shared, choices);
    return shared
        .bus()
        .subscribeAsync(
            Topic.raw(frame.topic()), group, choices.options(isolation, made::onGap), made)
        .thenAccept(
            subscription -> {
              made.bind(subscription);
              begin(made, ServerFrame.Ok.of(frame.corr()), subscription.ended(), made::open);
            });
  }

  private CompletableFuture<?> follow(ClientFrame.Subscribe frame) {
    SubscribeChoices choices = new SubscribeChoices(frame.opts(), shared.limits());
    LiveTail made = new LiveTail(frame.topic(), connection, shared, choices.batch());
    TailOptions options = choices.tailOptions(made::onGap);
    return shared
        .bus()
        .async(bus -> bus.tail(Topic.raw(frame.topic()), options, made))
        .thenAccept(
            tail -> {
              made.bind(tail);
              ServerFrame ok = ServerFrame.Ok.following(frame.corr(), tail.position() - 1);
              begin(made, ok, tail.ended(), made::open);
            });
  }

  private void begin(Live made, ServerFrame ok, CompletionStage<EndReason> ended, Runnable open) {
    Name name = new Name(made.topic(), made.group());
    live.put(name, made);
    connection.send(ok);
    open.run();
    ended.thenAccept(reason -> onEnd(name, made, reason));
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
        LOG.warn(
            "subscribe to {} {} by {} failed",
            frame.topic(),
            frame.group() == null ? "as a tail" : "in " + frame.group(),
            connection.peer(),
            cause);
      }
      error(ErrorCode.SUBSCRIBE_FAILED, "the bus could not subscribe; try again", frame);
    }
  }

  private void onEnd(Name name, Live ended, EndReason reason) {
    if (reason == EndReason.CLOSED || !live.remove(name, ended)) {
      return;
    }
    ended.stop();
    if (reason == EndReason.BUS_CLOSED) {
      connection.goAway("the bus is closed", GoAways.reconnectMillis());
    } else {
      tellRevoked(
          ended,
          reason == EndReason.SOUGHT
              ? "the group was moved to another position; subscribe again"
              : "the group was deleted");
    }
  }

  private void tellRevoked(Live ended, String message) {
    String topic = ended.topic();
    String group = ended.group();
    connection.report(heard -> heard.onRevoked(connection.peer(), topic, group, message));
    connection.send(new ServerFrame.Revoked(topic, group, message));
  }

  /** Null, or a future that is done when the frame has taken effect. */
  @Nullable CompletionStage<?> unsubscribe(ClientFrame.Unsubscribe frame) {
    Live ended = live.remove(new Name(frame.topic(), frame.group()));
    if (ended == null) {
      error(ErrorCode.NOT_SUBSCRIBED, "this connection has no such subscription", frame);
      return null;
    }
    ended.stop();
    return release(List.of(ended), true)
        .thenRun(() -> connection.send(ServerFrame.Ok.of(frame.corr())));
  }

  private void error(ErrorCode code, String message, ClientFrame frame) {
    connection.error(code, message, frame.corr());
  }

  /** What is queued to the connection has become too much, or is no longer. */
  void syncFlow() {
    live.values().forEach(Live::syncFlow);
  }

  /** Pauses all, for good. */
  void suspend() {
    live.values().forEach(one -> one.setPaused(true));
  }

  /** Adds what is leased of each group. */
  void addInFlight(Map<GroupKey, Long> all) {
    live.forEach(
        (name, one) -> {
          if (name.group() != null) {
            all.merge(new GroupKey(name.topic(), name.group()), (long) one.inFlight(), Long::sum);
          }
        });
  }

  /**
   * Ends those that the policy does not allow, and tells the client; done when what they have
   * leased is handed back.
   */
  CompletionStage<?> revoke(Policy policy) {
    List<Live> revoked = takeOut(one -> !one.isAllowedBy(policy));
    revoked.forEach(one -> tellRevoked(one, "the token no longer allows this subscription"));
    return release(revoked, true);
  }

  /**
   * Ends all; what they have leased is handed back, or counts as an attempt. Idempotent, and any
   * thread's to call.
   */
  CompletionStage<?> end(boolean handBack) {
    return release(takeOut(one -> true), handBack);
  }

  /** Nothing more is sent of those that it gives. */
  private List<Live> takeOut(Predicate<Live> which) {
    List<Live> taken = new ArrayList<>();
    live.forEach(
        (name, one) -> {
          if (which.test(one) && live.remove(name, one)) {
            one.stop();
            taken.add(one);
          }
        });
    return taken;
  }

  /** Ending a subscription may write to the store, so it is done on the bus's workers. */
  private CompletionStage<?> release(List<Live> all, boolean handBack) {
    if (all.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    try {
      return shared
          .bus()
          .async(
              bus -> {
                all.forEach(one -> one.release(handBack));
                return true;
              })
          .exceptionally(
              failure -> {
                LOG.warn("leases of {} end by themselves only", connection.peer(), failure);
                return false;
              });
    } catch (BusClosedException e) {
      return CompletableFuture.completedFuture(null);
    }
  }
}
