package io.promlib.jwt;

/** A JWKS could not be fetched or read; the message names no address and no part of an answer. */
final class JwksException extends Exception {

  private static final long serialVersionUID = 1L;

  JwksException(String message) {
    super(message);
  }
}
