/**
 * A gateway with a small heap, ten good clients and many hostile connections, each in a process of
 * its own. Start at {@link io.promlib.examples.bench.hostile.HostileBench}.
 */
@NullMarked
package io.promlib.examples.bench.hostile;

import org.jspecify.annotations.NullMarked;
