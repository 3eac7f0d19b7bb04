package io.promlib.examples.samples;

import static io.promlib.acl.Action.PUBLISH;
import static io.promlib.acl.Action.SUBSCRIBE;

import io.promlib.acl.Action;
import io.promlib.acl.Policy;

/**
 * A policy built rule by rule: the first one that matches decides, and where none does, it is no.
 */
public final class Policies {
  private Policies() {}

  /** What a projector of the example may do. */
  public static Policy projector() {
    // sample: policy
    Policy policy =
        Policy.deny(Action.ANY, "heartbeat.internal.**")
            .allow(SUBSCRIBE, "heartbeat.*")
            .groups("process-projector")
            .allow(PUBLISH, "process.**")
            .build();
    // end
    return policy;
  }
}
