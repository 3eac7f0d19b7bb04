/**
 * Checks JSON Web Tokens, with a shared secret or the keys of a JWKS, and reads from them who may
 * do what. Needs no other part of the library but {@code io.promlib.acl}. Start at {@link
 * io.promlib.jwt.JwtVerifier}.
 */
@NullMarked
package io.promlib.jwt;

import org.jspecify.annotations.NullMarked;
