/** The command {@code export}: a topic's events over HTTP into a file that can be gone on with. */
@NullMarked
package io.promlib.examples.export;

import org.jspecify.annotations.NullMarked;
