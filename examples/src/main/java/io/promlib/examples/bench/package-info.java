/**
 * The benchmarks: each case in a JVM of its own, side by side with the limit that it is measured
 * against. Start at {@link io.promlib.examples.bench.Bench}.
 */
@NullMarked
package io.promlib.examples.bench;

import org.jspecify.annotations.NullMarked;
