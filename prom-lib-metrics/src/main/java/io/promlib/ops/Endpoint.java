package io.promlib.ops;

import java.io.IOException;

/** Makes an answer. May block on the stores; what the library throws becomes an error's answer. */
interface Endpoint {
  Answer answer(Ask ask) throws IOException, OpsError;
}
