/** The JavaScript client's scenarios, run in Node and in a browser against the real gateway. */
@NullMarked
package io.promlib.client.js;

import org.jspecify.annotations.NullMarked;
