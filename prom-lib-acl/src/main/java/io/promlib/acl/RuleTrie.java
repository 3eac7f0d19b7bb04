package io.promlib.acl;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The patterns of many rules as one tree of segments, which finds the earliest matching rule in one
 * walk along the topic, however many rules there are beside its path. Filled by one thread, then
 * only read.
 */
final class RuleTrie {

  /*
   * A rule is stored by its rank: twice its position, plus one if it allows. So the smallest rank
   * that matches is the earliest rule, a deny comes before an allow of the same position, and an
   * odd rank means yes.
   *
   * The walk keeps the nodes reached by the segments so far. A node's only way in is its parent, so
   * it is reached at most once per segment; the one exception is a ** node, which may also stay
   * where it is. But it swallows anything: once reached it stays reached, so it is put on a list of
   * its own, once, and stepped from for every segment to come. Hence no more steps than nodes times
   * segments, whatever the patterns.
   */

  private static final int NO_RULE = Integer.MAX_VALUE - 1; // even: no match denies

  private final Node root = new Node(-1);
  private int anyNodes;

  /** Adds one rule; {@code groups} null means the rule is the same for every group. */
  void add(int position, Rule rule, @Nullable List<String> groups) {
    int rank = 2 * position + (rule.effect() == Effect.ALLOW ? 1 : 0);
    for (TopicPattern pattern : rule.topics()) {
      Node node = root;
      for (String segment : pattern.segments()) {
        node = child(node, segment);
      }
      node.addRule(rank, groups);
    }
  }

  /**
   * Whether the earliest rule that matches allows. Without a group, meeting a rule with groups
   * denies.
   */
  boolean allows(String topic, @Nullable String group) {
    if (!Names.isTopic(topic)) {
      return false;
    }
    return (new Walk(group).along(topic) & 1) == 1;
  }

  private Node child(Node node, String segment) {
    if (segment.equals(TopicPattern.ANY)) {
      if (node.any == null) {
        node.any = new Node(anyNodes++);
      }
      return node.any;
    }
    if (segment.equals(TopicPattern.ONE)) {
      if (node.one == null) {
        node.one = new Node(-1);
      }
      return node.one;
    }
    if (node.named.isEmpty()) {
      node.named = new HashMap<>(2);
    }
    return node.named.computeIfAbsent(segment, s -> new Node(-1));
  }

  private static final class Node {
    final int anyIndex; // among the ** nodes; -1 for every other node
    Map<String, Node> named = Map.of();
    @Nullable Node one;
    @Nullable Node any;

    // The smallest ranks of the rules that end here, by who asks.
    private int forAnyGroup = NO_RULE;
    private int withoutGroup = NO_RULE;
    private Map<String, Integer> byGroup = Map.of();

    Node(int anyIndex) {
      this.anyIndex = anyIndex;
    }

    void addRule(int rank, @Nullable List<String> groups) {
      if (groups == null) {
        withoutGroup = Math.min(withoutGroup, rank);
        forAnyGroup = Math.min(forAnyGroup, rank);
        return;
      }
      int denied = rank & ~1;
      withoutGroup = Math.min(withoutGroup, denied);
      if (groups.contains(Rule.ANY_GROUP)) {
        forAnyGroup = Math.min(forAnyGroup, rank);
        return;
      }
      if (byGroup.isEmpty()) {
        byGroup = new HashMap<>();
      }
      for (String group : groups) {
        byGroup.merge(group, rank, Math::min);
      }
    }

    int rank(@Nullable String group) {
      if (group == null) {
        return withoutGroup;
      }
      return Math.min(forAnyGroup, byGroup.getOrDefault(group, NO_RULE));
    }
  }

  private final class Walk {
    private final @Nullable String group;
    private final List<Node> anys = new ArrayList<>();
    private final BitSet reachedAnys = new BitSet(anyNodes);
    private List<Node> reached = new ArrayList<>();
    private List<Node> next = new ArrayList<>();
    private int best = NO_RULE;

    Walk(@Nullable String group) {
      this.group = group;
    }

    int along(String topic) {
      reach(root);
      for (int start = 0; start <= topic.length(); ) {
        int dot = topic.indexOf('.', start);
        int end = dot < 0 ? topic.length() : dot;
        step(topic.substring(start, end));
        start = end + 1;
      }
      for (Node node : next) {
        best = Math.min(best, node.rank(group));
      }
      return best;
    }

    private void step(String segment) {
      List<Node> from = next;
      next = reached;
      next.clear();
      reached = from;
      int anysBefore = anys.size();
      for (int i = 0; i < from.size(); i++) {
        follow(from.get(i), segment);
      }
      for (int i = 0; i < anysBefore; i++) {
        follow(anys.get(i), segment);
      }
    }

    private void follow(Node node, String segment) {
      Node named = node.named.get(segment);
      if (named != null) {
        reach(named);
      }
      if (node.one != null) {
        reach(node.one);
      }
    }

    private void reach(Node node) {
      next.add(node);
      Node any = node.any;
      if (any != null && !reachedAnys.get(any.anyIndex)) {
        reachedAnys.set(any.anyIndex);
        anys.add(any);
        best = Math.min(best, any.rank(group)); // a ** at the end matches whatever follows
      }
    }
  }
}
