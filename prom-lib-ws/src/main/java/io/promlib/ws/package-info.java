/**
 * The WebSocket gateway: {@link io.promlib.ws.WsGateway} carries a bus to remote clients, {@link
 * io.promlib.ws.GatewayLimits} is what they may use of it.
 */
@NullMarked
package io.promlib.ws;

import org.jspecify.annotations.NullMarked;
