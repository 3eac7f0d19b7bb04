package io.promlib.metrics;

/** A topic and a group, as label values. */
record Pair(String topic, String group) implements Comparable<Pair> {
  /** Whom all count under that there are too many of. */
  static final String REST = "other";

  static final Pair OTHER = new Pair(REST, REST);

  @Override
  public int compareTo(Pair that) {
    int byTopic = topic.compareTo(that.topic);
    return byTopic != 0 ? byTopic : group.compareTo(that.group);
  }
}
