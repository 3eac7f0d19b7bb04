package io.promlib.client;

/**
 * The gateway's answer to a publish: the event is in the topic.
 *
 * @param id the event's id, the client's own unless one was given
 * @param seq its position in the topic
 * @param duplicate whether the id was there already; also after an answer was lost and the client
 *     published again
 */
public record Confirmed(String id, long seq, boolean duplicate) {}
