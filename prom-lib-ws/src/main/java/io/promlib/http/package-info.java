/** The HTTP edge: {@link io.promlib.http.HttpEdge} takes events in and gives them out. */
@NullMarked
package io.promlib.http;

import org.jspecify.annotations.NullMarked;
