package io.promlib.examples.bench;

import java.util.function.BooleanSupplier;

/** One way to do something short, again and again on one thread. */
enum Operation {
  ACL_POLICY("policy", AclOperations::policy),
  ACL_REGEX("1 000 precompiled regexes", AclOperations::regexes),
  ACL_SCAN("1 000 patterns, one by one", AclOperations::scan),
  HS256_SEEN("HS256, seen before", () -> JwtOperations.hs256(true)),
  HS256_VERIFY("HS256, verified again", () -> JwtOperations.hs256(false)),
  ES256_SEEN("ES256, seen before", () -> JwtOperations.es256(true)),
  ES256_VERIFY("ES256, verified again", () -> JwtOperations.es256(false));

  /** Prepares the operation; what it returns does it once and says how it went. */
  interface Making {
    BooleanSupplier make() throws Exception;
  }

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Making making;

  Operation(String label, Making making) {
    this.label = label;
    this.making = making;
  }

  String label() {
    return label;
  }

  BooleanSupplier make() throws Exception {
    return making.make();
  }
}
