/**
 * The bundled example: the processes of this machine as {@link
 * io.promlib.examples.process.Heartbeat}s, and the {@link io.promlib.examples.process.Projector}
 * that makes a {@link io.promlib.examples.process.ProcessState} of each.
 */
@NullMarked
package io.promlib.examples.process;

import org.jspecify.annotations.NullMarked;
