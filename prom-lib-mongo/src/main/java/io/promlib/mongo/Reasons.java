package io.promlib.mongo;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The reasons for which events of a group are to become dead letters, each once, in a bounded
 * number of bytes: where they take more, the longest are cut, with {@code …} at their end. What is
 * short stays as it is, and no event loses its reason altogether.
 */
final class Reasons {
  private static final String CUT = "…";

  private final Map<String, Integer> places = new HashMap<>();
  private final List<String> texts;
  private final int longest;

  private Reasons(Set<String> all, int longest) {
    this.longest = longest;
    Set<String> kept = new LinkedHashSet<>();
    for (String reason : all) {
      kept.add(cut(reason));
    }
    this.texts = List.copyOf(kept);
    for (int i = 0; i < texts.size(); i++) {
      places.put(texts.get(i), i);
    }
  }

  /** These reasons in at most so many bytes, or in the fewest that there are. */
  static Reasons within(Collection<String> reasons, int bytes) {
    Set<String> distinct = new LinkedHashSet<>(reasons);
    int longest = 1;
    for (String reason : distinct) {
      longest = Math.max(longest, reason.length());
    }
    Reasons whole = new Reasons(distinct, longest);
    if (whole.size() <= bytes) {
      return whole;
    }
    Reasons best = new Reasons(distinct, 1);
    int fits = 1;
    int tooLong = longest;
    while (fits + 1 < tooLong) {
      int middle = (fits + tooLong) >>> 1;
      Reasons tried = new Reasons(distinct, middle);
      if (tried.size() <= bytes) {
        best = tried;
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return best;
  }

  /** Where in {@link #texts} the reason is. */
  int place(String reason) {
    Integer place = places.get(cut(reason));
    if (place == null) {
      throw new IllegalArgumentException("not one of the reasons: " + reason);
    }
    return place;
  }

  List<String> texts() {
    return texts;
  }

  /** How many bytes they take. */
  int size() {
    PackedOutput out = new PackedOutput();
    write(out);
    return out.size();
  }

  void write(PackedOutput out) {
    out.number(texts.size());
    texts.forEach(out::text);
  }

  static List<String> read(PackedInput in) {
    int count = in.count();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(in.text());
    }
    return texts;
  }

  private String cut(String reason) {
    if (reason.length() <= longest) {
      return reason;
    }
    int end = longest - 1;
    if (end > 0 && Character.isHighSurrogate(reason.charAt(end - 1))) {
      end--;
    }
    return reason.substring(0, end) + CUT;
  }
}
