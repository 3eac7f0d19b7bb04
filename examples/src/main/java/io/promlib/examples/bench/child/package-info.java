/** Processes that a benchmark starts, and how it talks with them: lines in, figures out. */
@NullMarked
package io.promlib.examples.bench.child;

import org.jspecify.annotations.NullMarked;
