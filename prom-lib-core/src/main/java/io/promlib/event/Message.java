package io.promlib.event;

/**
 * One of several events to publish together: a payload (null: a tombstone for its key) and its
 * options.
 */
public record Message<T>(T payload, PublishOptions options) {

  public static <T> Message<T> of(T payload) {
    return new Message<>(payload, PublishOptions.none());
  }

  public static <T> Message<T> of(T payload, PublishOptions options) {
    return new Message<>(payload, options);
  }
}
