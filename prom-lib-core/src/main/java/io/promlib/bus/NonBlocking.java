package io.promlib.bus;

/**
 * Implemented by a {@link Handler} or {@link TailHandler} that is quick and never blocks, such as
 * one that queues what it is given. Over stores that do not block either, as those in memory, that
 * spares a change of threads: the thread that acks an event whose handler has returned may be given
 * the same subscriber's next ones there and then, up to a thousand, if every subscriber of the
 * group here is of this kind; and tails take turns on one worker. Over other stores it changes
 * nothing.
 *
 * <p>What blocks all the same holds up whoever acks, and other tails: that goes for the handler,
 * and for gap listeners and filters beside it. Whoever acks must not hold a lock that these take.
 */
public interface NonBlocking {}
