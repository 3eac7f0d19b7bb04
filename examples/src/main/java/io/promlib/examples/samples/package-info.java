/** What the documents show: each Java sample there is a marked part of a class here. */
@NullMarked
package io.promlib.examples.samples;

import org.jspecify.annotations.NullMarked;
