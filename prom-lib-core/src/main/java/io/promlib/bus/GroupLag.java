package io.promlib.bus;

/**
 * How far a group is behind.
 *
 * @param floor the ack floor: this position and all below it are done
 * @param lag how many positions are not done, up to the tail
 * @param inFlight how many of them are leased to subscribers of this process
 */
public record GroupLag(String topic, String group, long floor, long lag, long inFlight) {}
