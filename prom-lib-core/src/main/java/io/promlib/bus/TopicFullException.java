package io.promlib.bus;

import io.promlib.PromException;
import io.promlib.event.Published;
import java.util.List;

/** A topic has no room and its groups are behind. Try again later with what was not appended. */
public class TopicFullException extends PromException {
  private static final long serialVersionUID = 1L;

  private final transient List<Published> placed;

  public TopicFullException(String message, List<Published> placed) {
    super(message);
    this.placed = List.copyOf(placed);
  }

  /** What was appended before the topic was full: the first events of the call, in their order. */
  public List<Published> placed() {
    return placed;
  }
}
