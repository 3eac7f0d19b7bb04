/**
 * Properties held against a great many inputs made at random from a seed. {@link
 * io.promlib.testkit.fuzz.Fuzz} runs them; the others make inputs.
 */
@NullMarked
package io.promlib.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
