/** The bus's stores on MongoDB. */
@NullMarked
package io.promlib.mongo;

import org.jspecify.annotations.NullMarked;
