package io.promlib.bus;

/**
 * What a {@link Tail} does with an event. Called by a worker of the bus or the client, one call at
 * a time; it may block, which delays this tail and nothing else. What it throws is logged, and the
 * tail goes on.
 */
@FunctionalInterface
public interface TailHandler<T> {
  void handle(TailEvent<T> event) throws Exception;
}
