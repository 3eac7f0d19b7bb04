/** The bundled programs, one jar: start at {@link io.promlib.examples.Main}. */
@NullMarked
package io.promlib.examples;

import org.jspecify.annotations.NullMarked;
