package io.promlib.client;

/**
 * A remote subscriber's work on one event. It runs on a worker thread of the client, several at a
 * time only where the subscription's {@code concurrency} allows; it may block. Its return acks, its
 * throwing nacks, unless the subscription is {@code manualAck} or the delivery was settled before.
 */
@FunctionalInterface
public interface ClientHandler<T> {
  void handle(ClientDelivery<T> delivery) throws Exception;
}
