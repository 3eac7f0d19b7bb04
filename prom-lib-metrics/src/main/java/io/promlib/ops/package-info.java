/** The ops server: what an operator asks over HTTP, and its page. Start at {@code OpsServer}. */
@NullMarked
package io.promlib.ops;

import org.jspecify.annotations.NullMarked;
