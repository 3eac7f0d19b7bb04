/** Tests of the test kit's browser. */
@NullMarked
package io.promlib.browser;

import org.jspecify.annotations.NullMarked;
