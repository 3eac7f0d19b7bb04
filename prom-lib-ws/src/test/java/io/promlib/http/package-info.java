/** Tests of the HTTP edge, over real sockets. */
@NullMarked
package io.promlib.http;

import org.jspecify.annotations.NullMarked;
