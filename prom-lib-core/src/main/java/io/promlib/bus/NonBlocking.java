package io.promlib.bus;

/**
 * Implemented by a {@link Handler} or {@link TailHandler} that is quick and never blocks, such as
 * one that queues what it is given. Over stores that do not block either, as those in memory, that
 * spares a change of threads: the thread that acks an event whose handler has returned may be given
 * the next ones there and then, if every subscriber of the group here is of this kind, and tails
 * take turns on one worker. Over other stores it changes nothing.
 *
 * <p>A handler that blocks all the same holds up whoever acks, and other tails. Whoever acks must
 * not hold a lock that the handler takes.
 */
public interface NonBlocking {}
