/**
 * Pages as people see them: {@link io.promlib.testkit.browser.Browser} runs a headless Chromium and
 * speaks the DevTools protocol with it.
 */
@NullMarked
package io.promlib.testkit.browser;

import org.jspecify.annotations.NullMarked;
