/**
 * The engine behind {@link io.promlib.bus.EventBus}; not for hosts. {@code GroupSteps} are the
 * steps on a group's state, {@code Book} is what this process holds of a group, {@code
 * GroupRuntime} the loop and the threads around both.
 */
@NullMarked
package io.promlib.bus.internal;

import org.jspecify.annotations.NullMarked;
