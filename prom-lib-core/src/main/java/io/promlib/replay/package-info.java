/**
 * The past of a topic, read without a group: {@link io.promlib.replay.Replay} goes over a stretch
 * of it, in bounded memory, and publishes it to another topic.
 */
@NullMarked
package io.promlib.replay;

import org.jspecify.annotations.NullMarked;
