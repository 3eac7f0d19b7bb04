/** Rate limits: {@link io.promlib.limit.TokenBucket}. */
@NullMarked
package io.promlib.limit;

import org.jspecify.annotations.NullMarked;
