package io.promlib.store;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;

/**
 * An event on its way into a topic; the append gives it {@code seq} and {@code at}.
 *
 * @param idGiven whether the publisher gave the id, so that it must be looked for in the topic
 */
public record Draft(String id, boolean idGiven, long ts, Payload payload, EventMeta meta) {}
