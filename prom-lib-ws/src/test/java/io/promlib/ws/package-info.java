/** Tests of the WebSocket gateway, over real sockets. */
@NullMarked
package io.promlib.ws;

import org.jspecify.annotations.NullMarked;
