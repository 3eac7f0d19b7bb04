package io.promlib.ops;

import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import org.jspecify.annotations.Nullable;

/**
 * What a request may do.
 *
 * @param policy that of its token; null if it brought none
 * @param openReads whether it may read everything whatever its token says
 */
record Caller(@Nullable Policy policy, boolean openReads) {

  /** A reader has no group, so a rule that names groups denies it. */
  void requireRead(String topic) throws OpsError {
    if (!openReads && !rules().allowsRead(topic)) {
      throw OpsError.forbidden("the token does not allow to read this topic");
    }
  }

  void requireListing() throws OpsError {
    if (!mayList()) {
      throw OpsError.forbidden(
          "this shows something of every topic; the token must allow subscribe:**");
    }
  }

  boolean mayList() throws OpsError {
    return openReads || rules().allowsEveryTopic(Action.SUBSCRIBE);
  }

  void requireAction(String topic) throws OpsError {
    if (!rules().allows(Action.PUBLISH, topic) || !rules().allowsRead(topic)) {
      throw OpsError.forbidden(
          "the token does not allow this; it needs both publish and subscribe on the topic");
    }
  }

  private Policy rules() throws OpsError {
    if (policy == null) {
      throw OpsError.unauthorized(OpsError.NO_TOKEN, "send a token: Authorization: Bearer …");
    }
    return policy;
  }
}
