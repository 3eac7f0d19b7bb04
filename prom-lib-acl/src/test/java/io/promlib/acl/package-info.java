@NullMarked
package io.promlib.acl;

import org.jspecify.annotations.NullMarked;
