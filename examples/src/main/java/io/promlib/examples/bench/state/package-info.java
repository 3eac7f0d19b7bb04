/**
 * {@code bench state}: a reader that starts from snapshots beside one that folds the whole topic.
 */
@NullMarked
package io.promlib.examples.bench.state;

import org.jspecify.annotations.NullMarked;
