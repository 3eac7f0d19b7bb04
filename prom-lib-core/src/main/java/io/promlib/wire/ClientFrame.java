package io.promlib.wire;

import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends. Each may carry a {@code corr}, which its answer repeats. The constructors
 * check names, ids and lengths and throw {@link IllegalArgumentException} naming the field.
 */
public sealed interface ClientFrame extends Frame {

  @Nullable String corr();

  /** Proves who the client is: the first frame, and later a fresh token of the same subject. */
  record Auth(String token, @Nullable String corr) implements ClientFrame {
    public Auth {
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "AUTH";
    }

    /** Without the token, as what is printed may be logged. */
    @Override
    public String toString() {
      return "Auth[corr=" + corr + "]";
    }
  }

  /**
   * Joins a group, or follows a topic without one in tail mode; only then {@code group} is null.
   */
  record Subscribe(String topic, @Nullable String group, SubscribeOpts opts, @Nullable String corr)
      implements ClientFrame {
    public Subscribe {
      Names.topic(topic);
      if (opts.tail()) {
        if (group != null) {
          throw new IllegalArgumentException("group must be absent where opts.mode is 'tail'");
        }
      } else if (group == null) {
        throw new IllegalArgumentException("group is missing");
      } else {
        Names.group(group);
      }
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "SUBSCRIBE";
    }
  }

  /** Ends a subscription; without a group, the tail of the topic. */
  record Unsubscribe(String topic, @Nullable String group, @Nullable String corr)
      implements ClientFrame {
    public Unsubscribe {
      Names.topic(topic);
      if (group != null) {
        Names.group(group);
      }
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "UNSUBSCRIBE";
    }
  }

  /** Appends an event. A payload of {@link Payload#NULL} is a tombstone for the key. */
  record Publish(String topic, Payload payload, PublishOptions options, @Nullable String corr)
      implements ClientFrame {
    public Publish {
      Names.topic(topic);
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "PUBLISH";
    }
  }

  /** Settles leased events, one or many. */
  sealed interface Settlement extends ClientFrame {
    Target target();
  }

  /** The events are done. {@code confirm} asks for an answer though the subscription is quiet. */
  record Ack(Target target, boolean confirm, @Nullable String corr) implements Settlement {
    public Ack {
      Frame.checkCorr(corr);
    }

    public Ack(Target target, @Nullable String corr) {
      this(target, false, corr);
    }

    @Override
    public String op() {
      return "ACK";
    }
  }

  /** The attempts failed. {@code delayMs} from now they come again; absent: after the back-off. */
  record Nack(Target target, @Nullable String reason, @Nullable Long delayMs, @Nullable String corr)
      implements Settlement {
    public Nack {
      if (delayMs != null && delayMs < 0) {
        throw new IllegalArgumentException("delay_ms must not be negative, is " + delayMs);
      }
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "NACK";
    }
  }

  /** The leases last {@code extendMs} from now; absent: the subscription's ack timeout. */
  record ModAck(Target target, @Nullable Long extendMs, @Nullable String corr)
      implements Settlement {
    public ModAck {
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "MODACK";
    }
  }

  /** The events go to the dead letters at once. */
  record Term(Target target, @Nullable String reason, @Nullable String corr) implements Settlement {
    public Term {
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "TERM";
    }
  }

  /** Stops delivery; the subscription and its leases stay. Without a group, the tail. */
  record Pause(String topic, @Nullable String group, @Nullable String corr) implements ClientFrame {
    public Pause {
      Names.topic(topic);
      if (group != null) {
        Names.group(group);
      }
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "PAUSE";
    }
  }

  /** Starts delivery again after a {@link Pause}. */
  record Resume(String topic, @Nullable String group, @Nullable String corr)
      implements ClientFrame {
    public Resume {
      Names.topic(topic);
      if (group != null) {
        Names.group(group);
      }
      Frame.checkCorr(corr);
    }

    @Override
    public String op() {
      return "RESUME";
    }
  }
}
