@NullMarked
package io.promlib.jwt;

import org.jspecify.annotations.NullMarked;
