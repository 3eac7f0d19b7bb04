/** What the WebSocket gateway and the HTTP edge share; not for others. */
@NullMarked
package io.promlib.ws.internal;

import org.jspecify.annotations.NullMarked;
