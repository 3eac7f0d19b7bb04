/** Tests of the metrics. */
@NullMarked
package io.promlib.metrics;

import org.jspecify.annotations.NullMarked;
