package io.promlib.store;

import io.promlib.event.Names;

/** A group of a topic. */
public record GroupKey(String topic, String group) {
  public GroupKey {
    Names.topic(topic);
    Names.group(group);
  }

  @Override
  public String toString() {
    return topic + "/" + group;
  }
}
