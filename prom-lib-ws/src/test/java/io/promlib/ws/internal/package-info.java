/** Tests of what the two edges share. */
@NullMarked
package io.promlib.ws.internal;

import org.jspecify.annotations.NullMarked;
