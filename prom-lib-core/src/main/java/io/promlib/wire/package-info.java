/**
 * The WebSocket frames as values, and the {@link io.promlib.wire.Codec} that reads and writes them.
 * Start at {@link io.promlib.wire.ClientFrame} and {@link io.promlib.wire.ServerFrame}.
 */
@NullMarked
package io.promlib.wire;

import org.jspecify.annotations.NullMarked;
