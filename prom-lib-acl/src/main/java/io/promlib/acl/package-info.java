/**
 * Who may publish and read which topics: patterns, policies, scopes, and the check of a token.
 * Needs no other part of the library. Start at {@link io.promlib.acl.Policy} and {@link
 * io.promlib.acl.Authenticator}.
 */
@NullMarked
package io.promlib.acl;

import org.jspecify.annotations.NullMarked;
