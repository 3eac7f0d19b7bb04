package io.promlib.jwt;

import io.promlib.acl.Identity;
import java.time.Instant;

/**
 * A token that held.
 *
 * @param identity whose it is
 * @param until the first instant at which it is no longer good
 * @param from the first instant at which it is good
 * @param keys those that it was checked with
 */
record Verified(Identity identity, Instant until, Instant from, KeySet keys) {}
