package io.promlib.event;

/**
 * What a publish came to.
 *
 * @param record the event as the topic holds it: the stored one when its id was there already
 * @param duplicate whether the id was there already, so that nothing was appended
 */
public record Published(EventRecord record, boolean duplicate) {

  public String id() {
    return record.id();
  }

  public long seq() {
    return record.seq();
  }
}
