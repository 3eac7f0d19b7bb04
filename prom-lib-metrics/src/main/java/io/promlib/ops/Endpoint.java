package io.promlib.ops;

import java.io.IOException;

/** Makes an answer; what the library throws becomes an error's answer. */
interface Endpoint {
  Answer answer(Ask ask) throws IOException, OpsError;

  /** Whether it may block on the stores, for which it gets a thread of those that do. */
  default boolean asksStores() {
    return true;
  }
}
