/**
 * Time as an argument: {@link io.promlib.time.Timing} is the clock and the alarm that everything
 * else is given.
 */
@NullMarked
package io.promlib.time;

import org.jspecify.annotations.NullMarked;
