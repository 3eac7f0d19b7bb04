package io.promlib.ws;

import io.promlib.acl.Identity;
import io.promlib.store.GroupKey;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.CloseCode;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An authenticated connection's frames. Each method is a step, but {@link #syncFlow} and the end of
 * the token, which come on any thread: one at a time, and none waits.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final Instant LAST_MILLI = Instant.ofEpochMilli(Long.MAX_VALUE);

  private final Connection connection;
  private final Publisher publisher;
  private final Subscriptions subscriptions;
  private final Acks acks;
  private final Expiry expiry;
  private final Renewal renewal;

  /** Always of the same subject. */
  private Identity identity;

  Session(Shared shared, Connection connection, Identity identity, TokenCheck tokens) {
    this.connection = connection;
    this.identity = identity;
    publisher = new Publisher(shared, connection);
    subscriptions = new Subscriptions(shared, connection);
    acks = new Acks(connection);
    expiry = new Expiry(shared.timing(), connection.alarms(), this::onExpired);
    renewal = new Renewal(shared, connection, tokens, this);
  }

  String subject() {
    return identity.subject();
  }

  /** Adds what it has leased. */
  void addInFlight(Map<GroupKey, Long> all) {
    subscriptions.addInFlight(all);
  }

  /** The connection is this session's from now on. */
  void begin(ClientFrame.Auth frame) {
    if (expiry.renew(identity.expiresAt())) {
      authenticated(frame);
    }
  }

  /** A fresh token; done when its policy holds for everything and was answered. */
  CompletionStage<?> renew(ClientFrame.Auth frame, Identity fresh) {
    if (!expiry.renew(fresh.expiresAt())) {
      return CompletableFuture.completedFuture(null);
    }
    identity = fresh;
    return subscriptions.revoke(fresh.policy()).thenRun(() -> authenticated(frame));
  }

  private void authenticated(ClientFrame.Auth frame) {
    connection.report(listener -> listener.onAuthenticated(connection.peer()));
    Instant end = identity.expiresAt();
    connection.send(
        ServerFrame.Ok.authenticated(
            frame.corr(),
            end == null ? null : (end.isAfter(LAST_MILLI) ? LAST_MILLI : end).toEpochMilli()));
  }

  /** Nothing failed: what is leased is handed back, at once, whatever the connection waits for. */
  private void onExpired() {
    if (!connection.ending().begun()) {
      String reason = "the token expired";
      subscriptions.end(true);
      connection.error(ErrorCode.TOKEN_EXPIRED, reason + "; connect again with another one", null);
      connection.ending().end(CloseCode.NOT_AUTHENTICATED, reason, true);
    }
  }

  void publish(ClientFrame.Publish frame, int cost) {
    acks.settle();
    publisher.publish(frame, identity.policy(), cost);
  }

  /** Null, or a future that is done when the frame has taken effect. */
  @Nullable CompletionStage<?> handle(ClientFrame frame) {
    if (!(frame instanceof ClientFrame.Ack)) {
      acks.settle();
    }
    if (frame instanceof ClientFrame.Settlement settlement) {
      settle(settlement);
    } else if (!connection.bears()) {
      return null;
    } else if (frame instanceof ClientFrame.Subscribe subscribe) {
      return subscriptions.subscribe(subscribe, identity.policy());
    } else if (frame instanceof ClientFrame.Unsubscribe unsubscribe) {
      return subscriptions.unsubscribe(unsubscribe);
    } else if (frame instanceof ClientFrame.Pause pause) {
      setPaused(pause.topic(), pause.group(), true, pause.corr());
    } else if (frame instanceof ClientFrame.Resume resume) {
      setPaused(resume.topic(), resume.group(), false, resume.corr());
    } else if (frame instanceof ClientFrame.Auth auth) {
      return renewal.attempt(auth);
    } else {
      throw new IllegalStateException("no rule for " + frame.op());
    }
    return null;
  }

  /** Nothing more is delivered: the connection ends. */
  void suspend() {
    subscriptions.suspend();
  }

  /** The ACKs that were gathered take effect. */
  void settleAcks() {
    acks.settle();
  }

  private void setPaused(
      String topic, @Nullable String group, boolean paused, @Nullable String corr) {
    Live of = subscriptions.get(topic, group);
    if (of == null) {
      notSubscribed(corr);
    } else {
      of.setPaused(paused);
      connection.send(ServerFrame.Ok.of(corr));
    }
  }

  private void settle(ClientFrame.Settlement frame) {
    Live found = subscriptions.get(frame.target().topic(), frame.target().group());
    if (!(found instanceof LiveSubscription of)) {
      acks.settle();
      if (connection.bears()) {
        refuse(frame);
      }
      return;
    }
    if (frame instanceof ClientFrame.Ack ack) {
      acks.add(ack, of);
      return;
    }
    try {
      Settling.settle(frame, of, connection);
    } catch (RuntimeException e) {
      LOG.warn("{} of {} failed", frame.op(), connection.peer(), e);
      connection.error(
          ErrorCode.ACK_FAILED, "the bus could not settle all of it; try again", frame.corr());
    }
  }

  private void refuse(ClientFrame.Settlement frame) {
    if (frame.target().group() == null) {
      connection.error(
          ErrorCode.NOT_SUBSCRIBED,
          "there is no group: the events of a tail have no lease, and are not to be settled",
          frame.corr());
    } else {
      notSubscribed(frame.corr());
    }
  }

  private void notSubscribed(@Nullable String corr) {
    connection.error(ErrorCode.NOT_SUBSCRIBED, "this connection has no such subscription", corr);
  }

  /** What is queued to the connection has become too much, or is no longer. */
  void syncFlow() {
    subscriptions.syncFlow();
  }

  /**
   * Ends all subscriptions; what they have leased is handed back, or counts as an attempt.
   * Idempotent.
   */
  CompletionStage<?> end(boolean handBack) {
    return subscriptions.end(handBack);
  }
}
