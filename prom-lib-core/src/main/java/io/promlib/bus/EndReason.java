package io.promlib.bus;

/** Why a subscription ended. */
public enum EndReason {
  /** Its {@code close} or {@code abandon} was called. */
  CLOSED,
  /** The group was moved to another position. */
  SOUGHT,
  /** The group was deleted, or expired. */
  DELETED,
  /** The bus was closed. */
  BUS_CLOSED
}
