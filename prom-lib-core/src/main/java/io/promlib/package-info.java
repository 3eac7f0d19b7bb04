/** The root of the library's own exceptions. Start at {@link io.promlib.bus.EventBus}. */
@NullMarked
package io.promlib;

import org.jspecify.annotations.NullMarked;
