package io.promlib.bus;

import io.promlib.event.EventRecord;

/**
 * An event that a group gave up.
 *
 * @param id the letter's own id, made from group, cycle and event id
 * @param seq its position in the dead-letter topic
 * @param topic the event's topic
 * @param cycle the group's seeks plus this event's own redrives
 * @param original the event as it was
 * @param error why the last attempt failed
 * @param ts epoch milliseconds when it was given up
 * @param attempts how many attempts there were
 */
public record DeadLetter(
    String id,
    long seq,
    String topic,
    String group,
    int cycle,
    EventRecord original,
    String error,
    long ts,
    int attempts) {}
