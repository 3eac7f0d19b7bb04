@NullMarked
package io.promlib.ops;

import org.jspecify.annotations.NullMarked;
