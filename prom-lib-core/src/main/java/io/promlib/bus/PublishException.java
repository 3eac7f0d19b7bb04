package io.promlib.bus;

import io.promlib.PromException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * It is unknown whether events were appended. Publish them again with the same ids: none is
 * appended twice.
 */
public class PublishException extends PromException {
  private static final long serialVersionUID = 1L;

  private final String[] ids;

  public PublishException(String message, List<String> ids, @Nullable Throwable cause) {
    super(message, cause);
    this.ids = ids.toArray(String[]::new);
  }

  /** The ids to publish again with, in the order of the events. */
  public List<String> ids() {
    return List.of(ids);
  }
}
