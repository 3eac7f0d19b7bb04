/**
 * For tests of hosts and of stores: a clock to turn by hand, and the contract tests that every
 * store extends. Needs JUnit 5 and AssertJ.
 */
@NullMarked
package io.promlib.testkit;

import org.jspecify.annotations.NullMarked;
