/** The HTTP edge: {@link io.promlib.http.HttpEdge} takes events in over plain HTTP. */
@NullMarked
package io.promlib.http;

import org.jspecify.annotations.NullMarked;
