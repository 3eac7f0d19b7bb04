package io.promlib.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The records of one topic and key, which go one after another; or one record without a key. */
final class Lane {
  /** Names the lane of a key. */
  record Key(String topic, String key) {}

  final long number;
  final boolean ordered;
  final TreeMap<Long, Entry> unsent = new TreeMap<>();

  /* How many records stand in it, sent ones among them. */
  int records;

  /* Where it stands among the lanes that may be claimed from; kept while it is there. */
  long freeAt;
  long head;

  private long last;
  private long sent;

  Lane(long number, boolean ordered) {
    this.number = number;
    this.ordered = ordered;
  }

  /** The place behind all that ever were in it. */
  long nextSeq() {
    return ++last;
  }

  void add(Entry entry) {
    if (ordered && (entry.seq <= sent || unsent.containsKey(entry.seq))) {
      throw new IllegalArgumentException(
          "order "
              + entry.seq
              + " of key "
              + entry.draft.meta().key()
              + " on "
              + entry.draft.topic()
              + " is taken by another record than "
              + entry.draft.id());
    }
    unsent.put(entry.seq, entry);
    records++;
  }

  void sent(Entry entry) {
    unsent.remove(entry.seq);
    sent = Math.max(sent, entry.seq);
  }

  /** From when on its first record may be claimed. */
  long headFreeAt() {
    return unsent.isEmpty() || isBehindGap(unsent.firstKey(), sent)
        ? Long.MAX_VALUE
        : unsent.firstEntry().getValue().freeAt();
  }

  /** Its first records, as far as none is held back. */
  List<Entry> free(int limit, long now) {
    List<Entry> free = new ArrayList<>();
    long before = sent;
    for (Entry entry : unsent.values()) {
      if (free.size() == limit || entry.freeAt() > now || isBehindGap(entry.seq, before)) {
        break;
      }
      free.add(entry);
      before = Math.max(before, entry.seq);
    }
    return free;
  }

  private boolean isBehindGap(long seq, long before) {
    return ordered && seq > before + 1;
  }
}
