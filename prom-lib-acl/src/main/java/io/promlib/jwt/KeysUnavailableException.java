package io.promlib.jwt;

import io.promlib.acl.AclException;

/**
 * A token could not be checked: the keys could not be fetched, and none are held that are fresh
 * enough. Nothing is said about the token; try it again later. The message tells neither the
 * address of the key server nor what it answered.
 */
public final class KeysUnavailableException extends AclException {

  private static final long serialVersionUID = 1L;

  KeysUnavailableException(String message) {
    super(message);
  }
}
