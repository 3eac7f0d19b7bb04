package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.LimitException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.limit.TokenBucket;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection's publishes: passed on without waiting, answered as the bus answers. */
final class Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  private final Shared shared;
  private final Connection connection;
  private final TokenBucket rate;
  private final AtomicInteger inFlight = new AtomicInteger();

  Publisher(Shared shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
    int limit = shared.limits().publishRate();
    rate = new TokenBucket(limit, limit, shared.timing()::nanos);
  }

  /** Gives {@code cost} back to the inbound budget when the frame is answered. */
  void publish(ClientFrame.Publish frame, Policy policy, int cost) {
    if (!isAllowed(frame, policy) || !isInTime(frame)) {
      connection.inbound().give(cost);
      return;
    }
    inFlight.incrementAndGet();
    try {
      Topic<Payload> topic = new Topic<>(frame.topic(), JsonNode.class);
      CompletionStage<Published> appending =
          shared.bus().publishAsync(topic, frame.payload(), frame.options());
      appending.whenComplete((published, failure) -> answer(frame, cost, published, failure));
    } catch (RuntimeException e) {
      answer(frame, cost, null, e);
    }
  }

  private boolean isAllowed(ClientFrame.Publish frame, Policy policy) {
    GatewayLimits limits = shared.limits();
    if (Names.isReserved(frame.topic())) {
      refuse(ErrorCode.FORBIDDEN, "only the bus itself publishes to dlq.* and *.snapshot", frame);
    } else if (!policy.allows(Action.PUBLISH, frame.topic())) {
      refuse(ErrorCode.FORBIDDEN, "the token does not allow to publish to this topic", frame);
    } else if (frame.payload().bytes().length > limits.maxEventBytes()) {
      refuse(
          ErrorCode.TOO_LARGE,
          "a payload may have at most " + limits.maxEventBytes() + " bytes",
          frame);
    } else if (inFlight.get() >= limits.maxPublishesInFlight()) {
      error(
          ErrorCode.TOO_MANY,
          "a connection may have "
              + limits.maxPublishesInFlight()
              + " publishes in flight; wait for answers",
          frame);
    } else if (connection.inbound().held()
        > Math.max(limits.inboundBudget() / 4, limits.maxFrameBytes())) {
      error(ErrorCode.TOO_MANY, "too many bytes of publishes in flight; wait for answers", frame);
    } else {
      return true;
    }
    return false;
  }

  /** What will not work later either is not to be sent often. */
  private void refuse(ErrorCode code, String message, ClientFrame.Publish frame) {
    if (connection.bears()) {
      error(code, message, frame);
    }
  }

  /**
   * Takes from both buckets or from none; this connection's own is taken from by one step at a
   * time.
   */
  private boolean isInTime(ClientFrame.Publish frame) {
    if (!rate.deficit(1).isZero()) {
      tooFast("this connection publishes too fast", rate, frame);
      return false;
    }
    TokenBucket topic = shared.topics().of(frame.topic());
    if (!topic.tryConsume(1)) {
      tooFast("this topic is published to too fast", topic, frame);
      return false;
    }
    rate.tryConsume(1);
    return true;
  }

  private void tooFast(String message, TokenBucket bucket, ClientFrame.Publish frame) {
    connection.error(
        ErrorCode.RATE_LIMITED,
        message + "; wait",
        frame.corr(),
        shared.topics().waitMillis(bucket, 1));
  }

  private void answer(
      ClientFrame.Publish frame,
      int cost,
      @Nullable Published published,
      @Nullable Throwable failure) {
    inFlight.decrementAndGet();
    connection.inbound().give(cost);
    if (published != null) {
      connection.send(
          ServerFrame.Ok.published(
              frame.corr(), published.id(), published.seq(), published.duplicate()));
      return;
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String message = cause == null ? "" : String.valueOf(cause.getMessage());
    if (cause instanceof IllegalArgumentException) {
      error(ErrorCode.BAD_REQUEST, message, frame);
    } else if (cause instanceof EventTooLargeException) {
      error(ErrorCode.TOO_LARGE, message, frame);
    } else if (cause instanceof LimitException) {
      error(ErrorCode.TOO_MANY, message, frame);
    } else if (cause instanceof TopicFullException || cause instanceof BusClosedException) {
      error(ErrorCode.PUBLISH_FAILED, message, frame);
    } else {
      LOG.warn("publish to {} by {} failed", frame.topic(), connection.peer(), cause);
      error(
          ErrorCode.PUBLISH_FAILED,
          "it is not known whether the event was appended; publish it again with the same id",
          frame);
    }
  }

  private void error(ErrorCode code, String message, ClientFrame.Publish frame) {
    connection.error(code, message, frame.corr());
  }
}
