/**
 * The bus from another process: {@link io.promlib.client.EventClient} publishes to and subscribes
 * at a gateway over one WebSocket, and comes back by itself when the connection is lost. Start at
 * {@code EventClient.builder(uri)}.
 */
@NullMarked
package io.promlib.client;

import org.jspecify.annotations.NullMarked;
