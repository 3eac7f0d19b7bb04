/**
 * What operators see and do: {@link io.promlib.ops.OpsServer} serves a page and JSON about a bus,
 * {@link io.promlib.ops.ConnectedClients} keeps who is connected to a gateway.
 */
@NullMarked
package io.promlib.ops;

import org.jspecify.annotations.NullMarked;
