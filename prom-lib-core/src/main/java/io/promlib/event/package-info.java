/**
 * What an event is: {@link io.promlib.event.EventRecord}, its {@link io.promlib.event.Payload} that
 * is encoded at most once, and {@link io.promlib.event.Topic}, which couples a name with a payload
 * type.
 */
@NullMarked
package io.promlib.event;

import org.jspecify.annotations.NullMarked;
