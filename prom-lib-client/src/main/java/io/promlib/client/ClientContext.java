package io.promlib.client;

import io.promlib.time.Timing;

/**
 * What the parts of one client share. The lock guards all that they hold; see {@link
 * DefaultEventClient}.
 */
record ClientContext(
    Object lock, ClientSettings settings, Timing timing, Threads threads, Requests requests) {}
