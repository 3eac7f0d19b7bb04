package io.promlib.mongo;

import io.promlib.PromException;
import org.jspecify.annotations.Nullable;

/**
 * This MongoDB, or what the user may do there, does not fit the bus; the message says what to mend.
 * Trying again does not help before that.
 */
public class MongoSetupException extends PromException {
  private static final long serialVersionUID = 1L;

  public MongoSetupException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
