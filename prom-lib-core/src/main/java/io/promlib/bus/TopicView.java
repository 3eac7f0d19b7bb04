package io.promlib.bus;

import io.promlib.store.Extent;
import io.promlib.store.TopicSettings;

/** A topic as it stands. */
public record TopicView(String topic, Extent extent, TopicSettings settings) {}
