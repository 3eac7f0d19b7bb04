/**
 * The gateway beside bare Java-WebSocket, server and clients in a process each. Start at {@link
 * io.promlib.examples.bench.ws.WsBench}.
 */
@NullMarked
package io.promlib.examples.bench.ws;

import org.jspecify.annotations.NullMarked;
