/**
 * Consumers that act once for each event: {@link io.promlib.dedupe.Once} around any handler, over a
 * {@link io.promlib.dedupe.DedupeStore}.
 */
@NullMarked
package io.promlib.dedupe;

import org.jspecify.annotations.NullMarked;
